"""Make backprop_lab/data/digits.npz from scikit-learn's copy of the UCI digits."""

import numpy as np
from sklearn.datasets import load_digits

from backprop_lab.data.digits import FILE


def main():
    """Write the file and say what is in it."""
    bunch = load_digits()
    images, labels = bunch.images.astype(np.uint8), bunch.target.astype(np.uint8)
    np.savez_compressed(FILE, images=images, labels=labels)
    print(f"{FILE.name}: {len(labels)} images, {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
