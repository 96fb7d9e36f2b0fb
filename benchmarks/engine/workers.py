"""One process for each peer, so that no library's threads or settings touch another's."""

import gc
import importlib
import importlib.util
import multiprocessing
import os
import tracemalloc
from dataclasses import dataclass, replace
from time import perf_counter

from .workloads import WORKLOADS, mlp

# One thread for every library that a peer may stand on.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
# These force OpenBLAS into kernels of another processor; NumPy's products then take up to three
# times as long, while libraries with products of their own stay as fast as they are.
FORCED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


@dataclass(frozen=True)
class Contender:
    """Where to find a peer: its class, the library that it needs, and the layers that it has."""

    title: str
    module: str
    name: str
    needs: str = "numpy"
    layers: frozenset | None = None
    comparable: bool = True

    def installed(self):
        return importlib.util.find_spec(self.needs) is not None

    def takes(self, workload):
        return self.layers is None or workload.kinds() <= self.layers


CONTENDERS = (
    Contender("ours", "ours", "Ours"),
    Contender("bound", "bound", "Bound", comparable=False),
    Contender("plain NumPy", "plain", "Plain"),
    Contender("PyTorch", "pytorch", "Eager", "torch"),
    Contender("PyTorch fused", "pytorch", "Fused", "torch"),
    Contender(
        "scikit-learn",
        "scikit",
        "ScikitLearn",
        "sklearn",
        frozenset({"linear", "relu", "tanh"}),
        comparable=False,
    ),
    Contender("JAX", "jaxed", "Jax", "jax"),
)


def clean_environment():
    """Set one thread for all processes to come; return which forced settings were taken out."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    return [name for name in FORCED if os.environ.pop(name, None)]


class Worker:
    """A process that trains with one peer, and answers one question at a time."""

    def __init__(self, contender):
        spawn = multiprocessing.get_context("spawn")
        self.contender = contender
        self.pipe, theirs = spawn.Pipe()
        self.process = spawn.Process(target=serve, args=(contender, theirs), daemon=True)
        self.process.start()

    def ask(self, question, *details):
        """Ask, and wait for the answer. An error over there is raised here."""
        self.pipe.send((question, *details))
        answer = self.pipe.recv()
        if isinstance(answer, Exception):
            raise RuntimeError(f"{self.contender.title} failed at {details}") from answer
        return answer

    def close(self):
        self.pipe.send(None)
        self.process.join()


def serve(contender, pipe):
    """Answer until told to stop."""
    module = importlib.import_module(f"{__package__}.peers.{contender.module}")
    desk = Desk(getattr(module, contender.name))
    for question, *details in iter(pipe.recv, None):
        try:
            pipe.send(getattr(desk, question)(*details))
        except Exception as error:  # a peer may fail in any way; the others go on
            pipe.send(error)


class Desk:
    """The questions that a worker answers."""

    def __init__(self, peer_class):
        self.peer_class = peer_class

    def prepare(self, name):
        self.peer = self.peer_class(WORKLOADS[name])

    def time(self, n):
        """Seconds per step, over at least n steps or so."""
        start = perf_counter()
        done = self.peer.run(n)
        return (perf_counter() - start) / done

    def after_four_steps(self, name):
        """All parameters in one list, without dropout, which no two libraries draw alike."""
        peer = self.peer_class(WORKLOADS[name].without_dropout())
        peer.run(4)
        return [float(entry) for p in peer.parameters() for entry in p.ravel()]

    def resize(self, depth, batch):
        """Prepare W3 with another depth and batch size."""
        layers = mlp(*[64] * (depth + 1), 10, activation="relu")
        self.peer = self.peer_class(
            replace(WORKLOADS["W3"], layers=layers, batch=batch, samples=batch)
        )

    def memory(self, name, steps):
        """Bytes that one step takes and gives back, and bytes more after many steps."""
        peer = self.peer_class(WORKLOADS[name])
        tracemalloc.start()
        peer.run(50)
        before = settled()
        tracemalloc.reset_peak()
        peer.run(1)
        _, peak = tracemalloc.get_traced_memory()
        peer.run(steps)
        after = settled()
        tracemalloc.stop()
        return peak - before, after - before


def settled():
    """Bytes in use, without what Python keeps at hand for later."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
