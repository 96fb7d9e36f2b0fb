"""What staff has to mend."""


class ClassError(Exception):
    """Something that staff has to mend; its text says what, and what to do."""
