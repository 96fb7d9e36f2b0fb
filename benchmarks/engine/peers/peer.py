"""What every peer can do: train one workload for n steps."""

from itertools import cycle, islice


class Peer:
    """One library, training one workload. A subclass builds its network and writes `step`."""

    def __init__(self, workload):
        self.workload = workload
        self.batches = cycle([self.convert(x, y) for x, y in workload.batches()])
        self.build()

    def convert(self, x, y):
        """Bring a batch into the library's own form, before any timing."""
        return x, y

    def run(self, n):
        """Take n steps, wait until they are done, and say how many they were."""
        for x, y in islice(self.batches, n):
            self.step(x, y)
        return n

    def parameters(self):
        """List the parameters in the order and the shapes of `Workload.parameters`."""
        raise NotImplementedError
