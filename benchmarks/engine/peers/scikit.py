"""scikit-learn: `MLPClassifier.partial_fit`, an epoch at a time (its own loss: log loss for W2)."""

import numpy as np
from sklearn.neural_network import MLPClassifier

from .peer import Peer


class ScikitLearn(Peer):
    def build(self):
        workload = self.workload
        repeat = max(1, 40 * workload.batch // workload.samples)  # spread out the cost of a call
        batches = workload.batches() * repeat
        self.x = np.concatenate([x for x, _ in batches])
        self.y = np.concatenate([y.ravel() for _, y in batches]).astype(int)
        self.epoch = len(batches)
        linears = [layer for layer in workload.layers if layer[0] == "linear"]
        self.model = MLPClassifier(
            [m for _, _, m in linears[:-1]],
            activation="tanh" if "tanh" in workload.kinds() else "relu",
            solver=workload.optimizer,
            alpha=0.0,
            batch_size=workload.batch,
            learning_rate_init=workload.lr,
            momentum=0.0,
            nesterovs_momentum=False,
            random_state=0,
        )
        self.model.partial_fit(self.x, self.y, classes=np.unique(self.y))

    def run(self, n):
        epochs = max(1, round(n / self.epoch))
        for _ in range(epochs):
            self.model.partial_fit(self.x, self.y)
        return epochs * self.epoch
