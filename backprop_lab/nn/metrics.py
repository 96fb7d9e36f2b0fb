"""Metrics: how good a network is, in numbers made for people; nothing is trained on them."""

import math
from dataclasses import dataclass

import numpy as np


def accuracy(scores, labels):
    """Share of the samples whose highest score stands at the right class.

    Parameters
    ----------
    scores : ndarray, shape (N, K) or (N, T, K)
    labels : ndarray of int, shape (N,) or (N, T)
        The right classes, from 0 to K - 1.

    Returns
    -------
    float
        From 0 to 1. Of several highest scores in a row, the first one counts.

    Raises
    ------
    TypeError, ValueError
        If scores and labels do not fit together, or a score is NaN.
    """
    scores, labels = np.asarray(scores), np.asarray(labels)
    if scores.ndim < 2 or scores.shape[:-1] != labels.shape or 0 in scores.shape:
        raise ValueError(
            f"expected scores of shape (N, K) and labels of shape (N,), got {scores.shape} and "
            f"{labels.shape}: labels are one class number per sample, not one-hot rows"
        )
    if scores.shape[-1] == 1:
        raise ValueError(
            f"scores of shape {scores.shape} have one column, whose highest is always the first: "
            "for a single logit, compare (scores > 0) with the labels"
        )
    if np.isnan(scores).any():
        raise ValueError("a score is NaN, so none is the highest: training has diverged")
    _check_classes("labels", labels, scores.shape[-1])
    return float(np.mean(scores.argmax(axis=-1) == labels))


def confusion_matrix(labels, read, classes):
    """Count for each class how often the network read it as each class.

    Parameters
    ----------
    labels, read : ndarray of int, shape (N,)
        The right classes and what the network read, `scores.argmax(axis=1)`.
    classes : int
        Number of classes, K.

    Returns
    -------
    counts : ndarray of int, shape (K, K)
        counts[i, j] samples of class i were read as class j; the diagonal was read right.

    Raises
    ------
    TypeError, ValueError
        If labels and read differ in shape, or hold anything but classes from 0 to K - 1.
    """
    labels, read = np.asarray(labels), np.asarray(read)
    if labels.ndim != 1 or labels.shape != read.shape:
        raise ValueError(
            f"expected labels and read of one shape (N,), got {labels.shape} and {read.shape}: "
            "scores become classes by scores.argmax(axis=1)"
        )
    _check_classes("labels", labels, classes)
    _check_classes("read", read, classes)
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (labels, read), 1)
    return counts


def perplexity(loss):
    """Say a cross-entropy as a number of choices: exp(loss).

    A model of this perplexity is as unsure, on average, as one that guesses evenly among that many
    characters. An even guess among K has perplexity K, and nothing is beyond doubt at 1.

    Parameters
    ----------
    loss : float
        Mean cross-entropy, at least 0, in nats, as `softmax_cross_entropy` gives it.

    Returns
    -------
    float
        At least 1.

    Raises
    ------
    ValueError
        If the loss is below 0 or NaN.
    """
    if not loss >= 0:
        raise ValueError(f"a mean cross-entropy is 0 or more, got {loss}")
    return math.exp(loss) if loss < 709 else math.inf  # beyond, exp overflows


def iou(boxes_a, boxes_b):
    """Intersection over union of every box in a with every box in b: overlap, from 0 to 1.

    Parameters
    ----------
    boxes_a : ndarray, shape (A, 4)
    boxes_b : ndarray, shape (B, 4)
        A row is x1, y1, x2, y2: two opposite corners, x1 ≤ x2 and y1 ≤ y2, in any one unit.

    Returns
    -------
    overlap : ndarray, shape (A, B)
        0 for a pair that has no area.

    Raises
    ------
    ValueError
        If the boxes have another shape, hold NaN, or have their corners the other way round.
    """
    a, b = _check_boxes(boxes_a), _check_boxes(boxes_b)
    corner_1 = np.maximum(a[:, None, :2], b[:, :2])  # (A, B, 2)
    corner_2 = np.minimum(a[:, None, 2:], b[:, 2:])
    intersection = np.prod(np.maximum(corner_2 - corner_1, 0), axis=2)  # (A, B)
    union = _area(a)[:, None] + _area(b) - intersection
    return np.divide(intersection, union, out=np.zeros(union.shape), where=union > 0)


@dataclass(frozen=True)
class DetectionRules:
    """What counts as found, and how precision and recall become one number.

    Parameters
    ----------
    thresholds : tuple of float
        A box is found by a detection that overlaps it with at least this IoU. The average precision
        is a mean over all thresholds.
    points : int or None
        Precision is read at so many evenly spaced recalls from 0 to 1. None: at every recall that
        occurs, so that the average is the area under the curve.
    second_choice : bool
        Whether a detection whose best box is taken already may have the next best.
    at_most : int or None
        Only so many detections of a class in an image are looked at, the best ones.
    """

    thresholds: tuple
    points: int | None
    second_choice: bool
    at_most: int | None


COCO = DetectionRules(tuple(np.linspace(0.5, 0.95, 10).tolist()), 101, True, 100)
VOC2007 = DetectionRules((0.5,), 11, False, None)
VOC2010 = DetectionRules((0.5,), None, False, None)


def average_precision(detections, truths, *, rules=COCO):
    """Judge a detector class by class: the mean precision over all recalls.

    Within a class, the detections of all images stand in one row, best score first. Each finds the
    box of its image that it overlaps most, if that is enough by the rules and the box was not found
    before. After k detections, precision is the share of hits among the k, recall the share of the
    boxes that are found. Precision at recall r is then the best one at any recall of r or more.

    Parameters
    ----------
    detections : sequence of ndarray, shape (D, 6)
        For each image, rows of x1, y1, x2, y2, score, class.
    truths : sequence of ndarray, shape (G, 5)
        For each image, rows of x1, y1, x2, y2, class.
    rules : DetectionRules
        COCO (a mean over the thresholds 0.50, 0.55, ..., 0.95, at 101 recalls), VOC2007 (threshold
        0.5, 11 recalls) or VOC2010 (threshold 0.5, area under the curve). For COCO's AP50,
        `dataclasses.replace(COCO, thresholds=(0.5,))`.

    Returns
    -------
    dict
        Class -> average precision, from 0 to 1, for the classes that have a true box. Others have
        nothing to recall: detections of them count neither way.

    Raises
    ------
    ValueError
        If there is not one array of each kind for every image, an array has another shape, a box or
        score is no number, or there is no true box at all.

    Notes
    -----
    Boxes are measured between their corners, as in COCO. Pascal VOC counts whole pixels, the last
    one included: add 1 to x2 and y2 of its annotations. Neither COCO's crowds nor VOC's difficult
    boxes are known here. Where two boxes are overlapped alike, the first is found.

    References
    ----------
    Everingham et al., "The Pascal Visual Object Classes (VOC) Challenge", IJCV 2010, section 4.2.
    Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014, and its detection metrics,
    https://cocodataset.org/#detection-eval.
    """
    detections, truths = _check_images(detections, truths)
    classes = np.unique(np.concatenate([true[:, 4] for true in truths]))
    return {int(c): _average_precision_of(c, detections, truths, rules) for c in classes}


def mean_average_precision(detections, truths, *, rules=COCO):
    """Judge a detector in one number, mAP: the mean of `average_precision` over the classes.

    Parameters and errors are those of `average_precision`.

    Returns
    -------
    float
        From 0 to 1.
    """
    return float(np.mean(list(average_precision(detections, truths, rules=rules).values())))


def precision_recall(hits, n_true):
    """Follow precision and recall down the list of detections, best score first.

    Parameters
    ----------
    hits : ndarray of bool, shape (D,)
        Whether each detection found a box, in falling order of score.
    n_true : int
        Boxes that there were to find, at least 1.

    Returns
    -------
    precision, recall : ndarray, shape (D,)
        Of the first 1, 2, ..., D detections.
    """
    found = np.cumsum(hits)
    return found / np.arange(1, len(hits) + 1), found / n_true


def _average_precision_of(c, detections, truths, rules):
    """Average precision of class c, as a mean over the thresholds."""
    true = [boxes[boxes[:, 4] == c, :4] for boxes in truths]
    ranked = [_best_first(found[found[:, 5] == c, :5], rules.at_most) for found in detections]
    overlaps = [iou(found[:, :4], boxes) for found, boxes in zip(ranked, true)]
    order = np.argsort(-np.concatenate([found[:, 4] for found in ranked]), kind="stable")
    n_true = sum(map(len, true))

    def at(threshold):
        hits = [_hits(overlap, threshold, rules.second_choice) for overlap in overlaps]
        return _mean_precision(np.concatenate(hits)[order], n_true, rules.points)

    return float(np.mean([at(threshold) for threshold in rules.thresholds]))


def _best_first(found, at_most):
    return found[np.argsort(-found[:, 4], kind="stable")[:at_most]]


def _hits(overlap, threshold, second_choice):
    """Say of each detection in one image, best score first, whether it finds a box of its own."""
    n_found, n_true = overlap.shape
    hits, taken = np.zeros(n_found, dtype=bool), np.zeros(n_true, dtype=bool)
    for i in range(n_found if n_true else 0):
        wanted = np.where(taken, -1.0, overlap[i]) if second_choice else overlap[i]
        best = wanted.argmax()
        hits[i] = wanted[best] >= threshold and not taken[best]
        taken[best] |= hits[i]
    return hits


def _mean_precision(hits, n_true, points):
    precision, recall = precision_recall(hits, n_true)
    best = np.maximum.accumulate(precision[::-1])[::-1]  # at this recall or any higher one
    if points is None:
        return np.sum(best * np.diff(recall, prepend=0.0))
    first = np.searchsorted(recall, np.linspace(0, 1, points))  # the first to reach each recall
    return np.append(best, 0.0)[first].mean()  # a recall never reached has precision 0


def _area(boxes):
    return np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)


def _check_boxes(boxes):
    boxes = np.asarray(boxes, dtype=float)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(
            f"expected boxes of shape (N, 4), a row for x1, y1, x2, y2, got {boxes.shape}: one box "
            "alone is box[None]"
        )
    if not (boxes[:, :2] <= boxes[:, 2:]).all():
        wrong = boxes[~(boxes[:, :2] <= boxes[:, 2:]).all(axis=1)][0].tolist()
        raise ValueError(
            f"expected rows of x1, y1, x2, y2 with x1 ≤ x2 and y1 ≤ y2, got {wrong}: is it x, y, "
            "width, height?"
        )
    return boxes


def _check_classes(name, values, classes):
    if not np.issubdtype(values.dtype, np.integer):
        raise TypeError(f"{name} are whole numbers, got {values.dtype}: {name}.astype(int)")
    if values.size and not 0 <= values.min() <= values.max() < classes:
        raise ValueError(
            f"{name} go from 0 to {classes - 1} for {classes} classes, got {values.min()} to "
            f"{values.max()}"
        )


def _check_images(detections, truths):
    """Check both kinds of arrays, and return them as floats."""
    if len(detections) != len(truths):
        raise ValueError(
            f"expected detections and truths of the same images, got {len(detections)} and "
            f"{len(truths)}: an image in which nothing was found has an array of shape (0, 6)"
        )
    detections = [_check_rows("detections", i, d, 6) for i, d in enumerate(detections)]
    truths = [_check_rows("truths", i, t, 5) for i, t in enumerate(truths)]
    if not sum(map(len, truths)):
        raise ValueError("expected at least one true box in the images: there is nothing to find")
    return detections, truths


def _check_rows(name, i, rows, width):
    rows = np.asarray(rows, dtype=float)
    columns = "x1, y1, x2, y2, score, class" if width == 6 else "x1, y1, x2, y2, class"
    if rows.ndim != 2 or rows.shape[1] != width:
        raise ValueError(
            f"{name}[{i}] should have shape (N, {width}), a row for {columns}, got {rows.shape}"
        )
    if not np.isfinite(rows).all():
        raise ValueError(f"{name}[{i}] holds an entry that is not finite, in a row for {columns}")
    _check_boxes(rows[:, :4])
    return rows
