"""Grade a class: hand out, collect, mark, explain."""
