from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backprop_lab import nn
from backprop_lab.nn import metrics
from backprop_lab.nn.metrics import COCO, VOC2007, VOC2010

AT_HALF = replace(COCO, thresholds=(0.5,))
RULES = [COCO, AT_HALF, VOC2007, VOC2010]


def test_accuracy_by_hand():
    scores = np.array([[1.0, 2.0], [5.0, -1.0], [0.0, 3.0], [2.0, 2.0]])
    assert metrics.accuracy(scores, np.array([1, 0, 0, 0])) == 0.75


def test_accuracy_of_sequences_counts_every_step(rng):
    scores, labels = rng.standard_normal((3, 5, 4)), rng.integers(0, 4, (3, 5))
    flat = metrics.accuracy(scores.reshape(15, 4), labels.ravel())
    assert metrics.accuracy(scores, labels) == flat


def test_confusion_matrix_by_hand():
    labels, read = np.array([0, 0, 0, 1, 2, 2]), np.array([0, 0, 2, 1, 2, 1])
    expected = [[2, 0, 1], [0, 1, 0], [0, 1, 1]]
    np.testing.assert_array_equal(metrics.confusion_matrix(labels, read, 3), expected)


@given(arrays(int, (20, 2), elements=st.integers(0, 4)))
def test_confusion_matrix_counts_every_sample_once(pairs):
    labels, read = pairs.T
    counts = metrics.confusion_matrix(labels, read, 6)
    np.testing.assert_array_equal(counts.sum(axis=1), np.bincount(labels, minlength=6))
    np.testing.assert_array_equal(counts.sum(axis=0), np.bincount(read, minlength=6))
    assert np.trace(counts) / 20 == metrics.accuracy(np.eye(6)[read], labels)


@pytest.mark.parametrize(
    ("scores", "labels", "error", "says"),
    [
        (np.zeros((2, 3)), [[0, 0, 1], [1, 0, 0]], ValueError, "not one-hot rows"),
        (np.zeros((2, 3)), [0, 1, 2], ValueError, r"\(2, 3\) and \(3,\)"),
        (np.zeros((2, 3)), [0, 3], ValueError, "0 to 2 for 3 classes, got 0 to 3"),
        (np.zeros((2, 3)), [0, -1], ValueError, "got -1 to 0"),
        (np.zeros((2, 3)), [0.0, 1.0], TypeError, "float64"),
        (np.zeros((2, 1)), [0, 0], ValueError, "single logit"),
        (np.zeros((0, 3)), np.zeros(0, int), ValueError, r"\(0, 3\)"),
        (np.full((2, 3), np.nan), [0, 1], ValueError, "NaN"),
    ],
)
def test_accuracy_names_what_does_not_fit(scores, labels, error, says):
    with pytest.raises(error, match=says):
        metrics.accuracy(scores, np.array(labels))


@pytest.mark.parametrize(
    ("labels", "read", "error", "says"),
    [
        ([0, 1], [[0.2, 0.8], [0.6, 0.4]], ValueError, "argmax"),
        ([0, 1], [0, 2], ValueError, "read go from 0 to 1"),
        ([0, 2], [0, 1], ValueError, "labels go from 0 to 1"),
        ([0, 1], [0.0, 1.0], TypeError, "read are whole numbers"),
    ],
)
def test_confusion_matrix_names_what_does_not_fit(labels, read, error, says):
    with pytest.raises(error, match=says):
        metrics.confusion_matrix(np.array(labels), np.array(read), 2)


@pytest.mark.parametrize("k", [2, 27, 1000])
def test_perplexity_of_an_even_guess_is_the_number_of_choices(k):
    loss, _ = nn.softmax_cross_entropy(np.zeros((5, k)), np.arange(5) % k)
    assert metrics.perplexity(loss) == pytest.approx(k, rel=1e-12)


def test_perplexity_at_its_limits():
    assert metrics.perplexity(0.0) == 1.0
    assert metrics.perplexity(1e6) == np.inf
    for bad in (-0.1, np.nan):
        with pytest.raises(ValueError, match="0 or more"):
            metrics.perplexity(bad)


def test_iou_by_hand():
    a = np.array([[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 1.0, 3.0]])
    b = np.array([[1.0, 1.0, 3.0, 3.0], [0.0, 0.0, 2.0, 2.0], [5.0, 0.0, 6.0, 9.0]])
    expected = [[1 / 7, 1.0, 0.0], [0.0, 2 / 5, 0.0]]
    np.testing.assert_allclose(metrics.iou(a, b), expected, rtol=1e-15)


def test_iou_of_boxes_that_touch_or_have_no_area_is_zero():
    boxes = np.array([[0.0, 0.0, 1.0, 1.0], [1.0, 0.0, 2.0, 1.0], [3.0, 3.0, 3.0, 3.0]])
    np.testing.assert_array_equal(metrics.iou(boxes, boxes), np.diag([1.0, 1.0, 0.0]))


def test_iou_of_no_boxes_is_empty():
    assert metrics.iou(np.zeros((0, 4)), np.zeros((3, 4))).shape == (0, 3)


boxes = arrays(float, (4, 4), elements=st.integers(0, 9)).map(
    lambda b: np.hstack([np.minimum(b[:, :2], b[:, 2:]), np.maximum(b[:, :2], b[:, 2:])])
)


@given(boxes, boxes)
def test_iou_counts_shared_cells_of_a_grid(a, b):
    def cells(box):
        x1, y1, x2, y2 = box.astype(int)
        return {(x, y) for x in range(x1, x2) for y in range(y1, y2)}

    for i, j in np.ndindex(4, 4):
        both, either = cells(a[i]) & cells(b[j]), cells(a[i]) | cells(b[j])
        expected = len(both) / len(either) if either else 0.0
        assert metrics.iou(a, b)[i, j] == pytest.approx(expected, abs=1e-12)


@given(boxes, boxes, st.floats(0.1, 10), st.floats(-50, 50))
def test_iou_is_symmetric_and_knows_neither_unit_nor_origin(a, b, scale, move):
    overlap = metrics.iou(a, b)
    np.testing.assert_array_equal(overlap, metrics.iou(b, a).T)
    moved = metrics.iou(a * scale + move, b * scale + move)
    np.testing.assert_allclose(overlap, moved, atol=1e-9)


def test_precision_and_recall_by_hand():
    precision, recall = metrics.precision_recall(np.array([True, False, True]), 4)
    np.testing.assert_allclose(precision, [1, 1 / 2, 2 / 3])
    np.testing.assert_allclose(recall, [1 / 4, 1 / 4, 1 / 2])


def square(x, *, score=None, label=0, moved=0.0):
    """Give a row for a box of 10 × 10 at x; `moved` by m, its overlap is (10 - m) / (10 + m)."""
    box = [x + moved, 0.0, x + moved + 10.0, 10.0]
    return [*box, label] if score is None else [*box, score, label]


def one_image(detections, truths):
    return [np.reshape(detections, (-1, 6))], [np.reshape(truths, (-1, 5))]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [(AT_HALF, (51 + 50 * 2 / 3) / 101), (VOC2007, (6 + 5 * 2 / 3) / 11), (VOC2010, 5 / 6)],
    ids=["coco", "voc2007", "voc2010"],
)
def test_hit_miss_hit_of_two_boxes_by_hand(rules, expected):
    """Precision is 1 up to recall 1/2, and 2/3 from there to recall 1."""
    found = [square(0, score=0.9), square(200, score=0.8), square(100, score=0.7)]
    scene = one_image(found, [square(0), square(100)])
    assert metrics.average_precision(*scene, rules=rules) == {0: pytest.approx(expected)}


def test_coco_averages_over_thresholds():
    """An overlap of 8/12 passes 0.50, 0.55, 0.60 and 0.65, four of the ten thresholds."""
    scene = one_image([square(0, score=0.9, moved=2.0)], [square(0)])
    assert metrics.mean_average_precision(*scene) == pytest.approx(0.4)
    assert metrics.mean_average_precision(*scene, rules=AT_HALF) == 1.0


def test_an_overlap_of_exactly_the_threshold_is_enough():
    found, true = [[0, 0, 10, 5, 0.9, 0]], [[0, 0, 10, 10, 0]]
    assert metrics.mean_average_precision(*one_image(found, true), rules=VOC2010) == 1.0


def test_a_box_is_found_once():
    twice = [square(0, score=0.9), square(0, score=0.8)]
    scene = one_image(twice, [square(0), square(100)])
    for rules in (AT_HALF, VOC2010):
        assert metrics.mean_average_precision(*scene, rules=rules) == pytest.approx(0.5, abs=0.01)


def test_only_coco_gives_a_second_choice():
    """Both detections overlap the first box most, and the second box by more than half."""
    found = [square(0, score=0.9), square(0, score=0.8, moved=1.0)]
    scene = one_image(found, [square(0), square(3)])
    assert metrics.mean_average_precision(*scene, rules=AT_HALF) == 1.0
    assert metrics.mean_average_precision(*scene, rules=VOC2010) == 0.5


def test_only_coco_stops_after_a_hundred_detections_of_a_class_in_an_image():
    misses = [square(100 + i, score=0.9) for i in range(100)]
    scene = one_image([*misses, square(0, score=0.5)], [square(0)])
    assert metrics.mean_average_precision(*scene, rules=AT_HALF) == 0.0
    assert metrics.mean_average_precision(*scene, rules=VOC2010) == pytest.approx(1 / 101)


def test_a_detection_in_another_image_or_of_another_class_finds_nothing():
    nothing, true = np.zeros((0, 6)), np.array([square(0)])
    no_box = np.zeros((0, 5))
    elsewhere = [nothing, np.array([square(0, score=0.9)])], [true, no_box]
    other = [np.array([square(0, score=0.9, label=1)])], [true]
    assert metrics.average_precision(*elsewhere) == {0: 0.0}
    assert metrics.average_precision(*other) == {0: 0.0}


def test_the_mean_is_over_classes_that_have_a_box():
    found = [square(0, score=0.9, label=2), square(0, score=0.9, label=7)]
    scene = one_image(found, [square(0, label=2), square(0, label=5)])
    assert metrics.average_precision(*scene) == {2: pytest.approx(1.0), 5: 0.0}
    assert metrics.mean_average_precision(*scene) == pytest.approx(0.5)


def slow_average_precision(detections, truths, label, threshold, rules):
    """Write the definition out in loops, a detection and a recall at a time."""
    ranked = sorted(
        (-d[4], i, n, d[:4])
        for i, rows in enumerate(detections)
        for n, d in enumerate(rows.tolist())
        if d[5] == label
    )
    boxes = [[t[:4] for t in rows.tolist() if t[4] == label] for rows in truths]
    n_true, taken, curve, hits = sum(map(len, boxes)), set(), [], 0
    for rank, (_, image, _, detection) in enumerate(ranked, start=1):
        best, where = -1.0, None
        for j, box in enumerate(boxes[image]):
            overlap = metrics.iou(np.array([detection]), np.array([box])).item()
            if rules.second_choice and (image, j) in taken:
                continue
            if overlap > best:
                best, where = overlap, (image, j)
        if best >= threshold and where not in taken:
            taken.add(where)
            hits += 1
        curve.append((hits / n_true, hits / rank))

    def precision_at(recall):
        return max((p for r, p in curve if r >= recall), default=0.0)

    if rules.points is None:
        return sum(precision_at(i / n_true) for i in range(1, n_true + 1)) / n_true
    return sum(map(precision_at, np.linspace(0, 1, rules.points))) / rules.points


def draw_scene(rng, images=5, classes=3):
    """Draw boxes close together, and for each of them a few shaken ones in and out of its class."""
    detections, truths = [], []
    for _ in range(images):
        corner = rng.uniform(0, 30, (rng.integers(1, 6), 2))
        box = np.hstack([corner, corner + rng.uniform(8, 20, corner.shape)])
        label = rng.integers(0, classes, (len(box), 1))
        guess = np.repeat(np.hstack([box, label]), 3, axis=0)
        guess[:, :4] += rng.normal(0, 1.5, (len(guess), 4))
        guess[rng.random(len(guess)) < 0.2, 4] = rng.integers(classes)
        score = rng.integers(0, 20, (len(guess), 1)) / 20  # ties on purpose
        detections.append(np.hstack([guess[:, :4], score, guess[:, 4:]]))
        truths.append(np.hstack([box, label]))
    return detections, truths


@pytest.mark.parametrize("rules", RULES, ids=["coco", "coco at 0.5", "voc2007", "voc2010"])
@pytest.mark.parametrize("seed", range(5))
def test_average_precision_agrees_with_slow_loops(rules, seed):
    scene = draw_scene(np.random.default_rng(seed))
    for label, ours in metrics.average_precision(*scene, rules=rules).items():
        slow = [slow_average_precision(*scene, label, t, rules) for t in rules.thresholds]
        assert ours == pytest.approx(np.mean(slow), abs=1e-12)


@given(st.integers(0, 2**32 - 1), st.sampled_from(RULES))
def test_average_precision_looks_at_the_order_of_scores_alone(seed, rules):
    detections, truths = draw_scene(np.random.default_rng(seed), images=2, classes=2)
    stretched = [d.copy() for d in detections]
    for d in stretched:
        d[:, 4] = np.exp(3 * d[:, 4]) - 7
    ours = metrics.average_precision(detections, truths, rules=rules)
    assert metrics.average_precision(stretched, truths, rules=rules) == ours
    assert all(0.0 <= ap <= 1.0 for ap in ours.values())


@given(st.integers(0, 2**32 - 1), st.sampled_from(RULES))
def test_the_truth_itself_is_perfect(seed, rules):
    _, truths = draw_scene(np.random.default_rng(seed))
    told = [np.insert(t, 4, 0.5, axis=1) for t in truths]
    assert metrics.mean_average_precision(told, truths, rules=rules) == pytest.approx(1.0)


def test_a_detector_that_finds_nothing_gets_nothing():
    assert metrics.average_precision(*one_image([], [square(0)])) == {0: 0.0}


def test_arguments_are_left_as_they_were(rng):
    detections, truths = draw_scene(rng)
    before = [a.copy() for a in (*detections, *truths)]
    metrics.mean_average_precision(detections, truths)
    for now, then in zip((*detections, *truths), before):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize(
    ("detections", "truths", "says"),
    [
        ([np.zeros((1, 6))], [], "same images, got 1 and 0"),
        ([np.zeros((1, 5))], [np.zeros((1, 5))], r"detections\[0\] .* \(N, 6\)"),
        ([np.zeros((0, 6))], [np.zeros(5)], r"truths\[0\] .* \(N, 5\)"),
        ([np.full((1, 6), np.nan)], [np.zeros((1, 5))], "not finite"),
        ([np.zeros((0, 6))], [np.zeros((0, 5))], "nothing to find"),
        ([np.zeros((0, 6))], [np.array([[50, 40, 10, 10, 0]])], "width, height"),
    ],
)
def test_detections_that_do_not_fit_are_named(detections, truths, says):
    with pytest.raises(ValueError, match=says):
        metrics.mean_average_precision(detections, truths)


def test_boxes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"\(N, 4\).*got \(4,\)"):
        metrics.iou(np.zeros(4), np.zeros((1, 4)))
