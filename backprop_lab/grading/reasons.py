"""Why each solution is right, in one sentence."""

REASONS = {
    "neuron": "Each input counts as much as its own weight says, and the bias is added once, to "
    "the sum.",
    "affine_forward": "Each unit's output is a weighted sum over the features, which is what the "
    "product `x @ W` computes for all samples and units at once; the bias is then added to every "
    "row.",
    "affine_backward": "Every gradient has the shape of what it belongs to, and every sum runs "
    "over the paths by which a number reaches the loss: `x` through all units, `W` and `b` through "
    "all samples.",
    "sigmoid": "Both forms are the same function on paper, and for each sign of z one of them "
    "never raises e to a large positive power.",
    "sigmoid_backward": "The slope of the sigmoid is a (1 - a), so the output is all that has to "
    "be kept, and the chain rule multiplies it by what comes back.",
    "tanh_backward": "The slope of tanh is 1 - a², so the output is all that has to be kept, and "
    "the chain rule multiplies it by what comes back.",
    "relu": "It makes a new array, so whoever still holds z for the backward pass finds it "
    "unchanged.",
    "relu_backward": "Where z was positive the output moves as z does, so the gradient passes; "
    "elsewhere the output stays 0 whatever z does, so nothing passes.",
    "leaky_relu_backward": "The function is two straight lines, so its slope is 1 on one side and "
    "`slope` on the other, and the chain rule multiplies by it.",
    "mse": "The mean is over all elements, so each element's share of the loss is its square "
    "divided by their number, and so is its derivative 2 (pred - y).",
    "bce_with_logits": "Sigmoid and logarithm are joined on paper, which keeps e from overflowing "
    "and leaves a gradient as plain as sigmoid(z) - y.",
    "softmax": "Subtracting each row's maximum changes no ratio between the exponentials and keeps "
    "the largest of them at 1.",
    "softmax_cross_entropy": "The logarithm is taken on paper, so it never meets a 0, and the "
    "gradient is what was said minus what is true, with the 1/N of the mean.",
    "mlp_backward": "It walks the forward pass backwards, and each line multiplies what came back "
    "by the slope of one step.",
    "gradient_norms": "Each layer multiplies what arrives by the slope of its sigmoid and sends it "
    "on through its own weights, transposed; the length is taken between the two.",
    "descend": "Each step asks for the slope at the place where it stands, and makes a new place, "
    "so that the path keeps the old ones.",
    "largest_rate": "Every direction multiplies its distance by 1 - lr · λ, and the steepest is "
    "the first for which that reaches -1.",
    "sgd_step": "`-=` changes the array that everybody holds, and minus the gradient is the "
    "direction in which the loss falls fastest.",
    "momentum_step": "The velocity remembers what earlier gradients agreed on, so it has to live "
    "on from step to step: both arrays change in place.",
    "adam_step": "Both averages start at 0, and dividing them by 1 - beta^t makes up for that, "
    "which is why t has to be raised first.",
    "adamw_step": "The decay acts on the parameter itself and never enters the averages, so it is "
    "not divided by the root of v.",
    "numerical_gradient": "Going the same way to both sides cancels the error of first order, and "
    "putting each entry back leaves x as it was.",
    "relative_error": "Dividing by the size of both makes one threshold fit large and small "
    "gradients alike, and the tiny number keeps 0 / 0 away.",
    "he_init": "A ReLU lets half of the variance through, and 2 / fan_in makes up for it, so that "
    "signals keep their size from layer to layer.",
    "xavier_init": "2 / (fan_in + fan_out) is the compromise between keeping the size of signals "
    "forward and that of gradients backward.",
    "batchnorm_forward": "In training each feature is standardised by the batch it comes in, and "
    "the running averages are collected on the side for the time when there is no batch.",
    "batchnorm_backward": "Mean and variance depend on every sample, so each sample's gradient "
    "loses its share of what moves the mean and of what moves the variance.",
    "dropout_forward": "Dividing what is kept by 1 - p_drop keeps the expected output the same, so "
    "evaluation has nothing to scale.",
    "dropout_backward": "The forward pass multiplied by the mask, so the backward pass multiplies "
    "by the same mask.",
    "l2_penalty": "The half in front of the sum cancels the 2 that the square gives, which leaves "
    "lam · W as the gradient.",
    "clip_by_global_norm": "One factor for all gradients shortens the step and keeps its "
    "direction, and a factor above 1 is never used.",
    "residual_backward": "x reaches the output by two paths, straight and through f, and what "
    "comes back along both adds up.",
    "conv2d_forward": "Each output is the product of the filter with one window, summed over its "
    "channels, rows and columns, and the bias of its filter is added once.",
    "conv2d_backward": "Every window gives its part to dw, and every pixel collects what comes "
    "back from all the windows in which it took part.",
    "maxpool2d_backward": "Only the largest entry of a window reached the output, so it alone gets "
    "the gradient; where there is a tie, the first.",
    "attention_forward": "Dividing by the root of d keeps the scores' variance near 1, and minus "
    "infinity before the softmax gives the future a weight of exactly 0.",
    "attention_backward": "It goes through the forward steps in reverse, and the softmax subtracts "
    "from each row its own weighted mean because a row's weights have to add up to 1.",
    "embedding_backward": "A token that occurs twice was used twice, so what comes back at both "
    "places adds up in its row.",
    "rnn_forward": "The same weights are used at every step, and each state is made of the input "
    "at that step and the state before it.",
    "rnn_backward": "Each state is reached from its own output and from the next step, so both "
    "gradients add up before the tanh, and the weights collect from all steps.",
    "Value": "Every operation knows its own slopes, and in reverse order of making, a node's "
    "gradient is complete before it is handed on; `+=` lets a node be used twice.",
    "diagnose": "What is measured before the first step can have no other cause in the chart, so "
    "it is asked about first; each later question separates what is left.",
    "treat": "One entry was the cause, and changing it alone heals, which proves that it was the "
    "cause.",
}
