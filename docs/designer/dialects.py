"""What other libraries call each curve, the text that is the same curve here, and where the obvious text is not.

Each was compared with the library itself over 97 updates: "same" agrees to 1e-6 of the peak or better (mostly 1e-15), a
number is how far the obvious text lies off at worst, as a fraction of the peak.
"""

# By schedule: library, its name there, text here, remark.
DIALECTS: dict[str, list[list[str]]] = {
    "constant": [["transformers", "constant", "constant", "same"]],
    "linear": [
        ["transformers", "linear, with 12 warm-up steps", "warmup(span=12 updates, first=0)+linear", "same"],
        ["optax", "linear_schedule to 10 %", "linear(floor=0.1)", "same"],
        ["Megatron-LM", "linear", "warmup(span=12 updates, first=0, start=0.1)+linear(floor=0.1)", "same"],
    ],
    "polynomial": [
        ["transformers", "polynomial", "polynomial(power=2, floor=0.1)", "same; its lr_end is a rate"],
        ["Keras", "PolynomialDecay", "polynomial(power=2, floor=0.1)", "same; cycle=True has no text here"],
        ["timm", "poly", "polynomial(power=0.5, floor=0.01)", "same with k_decay=1"],
        ["MMEngine", "PolyLR(end=T)", "polynomial(power=0.9, floor=0.01, end=closed)", "same: its end is closed"],
    ],
    "cosine": [
        ["transformers", "cosine", "warmup(span=12 updates, first=0)+cosine", "same; beyond the run it rises again"],
        ["transformers", "cosine_warmup_with_min_lr", "warmup(span=11 updates)+cosine(floor=0.1, end=closed)",
         "same; the obvious span=12 is off by 0.08"],
        ["optax", "cosine_decay_schedule", "cosine(floor=0.1, power=1.5)", "same"],
        ["optax", "warmup_cosine_decay_schedule",
         "warmup(span=12 updates, first=0, start=0.1)+cosine(floor=0.1)", "same"],
        ["Keras", "CosineDecay", "cosine(floor=0.1)", "same"],
        ["timm", "cosine, warmup_prefix=True", "warmup(span=12 updates, first=0, mode=prefix)+cosine",
         "same; its default drops from the peak onto the curve at t: off by 0.03, no text here"],
        ["nanoGPT", "get_lr", "warmup(span=12 updates)+cosine(floor=0.1)", "same"],
    ],
    "tanh": [["timm", "tanh, lr_min=0", "tanh(lower=-7, upper=3)", "same; with lr_min above 0 off by 0.1"]],
    "wsd": [
        ["transformers", "warmup_stable_decay", "warmup(span=12 updates, first=0)+wsd(cooldown=30 updates)",
         "same, linear, cosine and 1-sqrt; a warm-up along 1-sqrt has no text here"],
        ["Megatron-LM", "WSD, exponential",
         "warmup(span=12 updates, first=0)+wsd(cooldown=30 updates, curve=exponential, floor=0.1)", "same"],
        ["timm", "wsd", "warmup(span=12 updates, first=0, mode=prefix)+wsd(cooldown=30 updates, curve=1-sqrt)", "same"],
    ],
    "exponential": [
        ["optax", "exponential_decay", "exponential(gamma=0.3, every=40 updates)", "same"],
        ["Keras", "ExponentialDecay", "exponential(gamma=0.3, every=40 updates)", "same; staircase=True is step"],
        ["MMEngine", "ExponentialLR(0.98)", "exponential(gamma=0.98, every=1 updates)", "same"],
    ],
    "inverse_time": [
        ["Keras", "InverseTimeDecay", "inverse_time(decay=0.05)", "same"],
        ["Keras", "InverseTimeDecay, staircase", "staircase(of=inverse_time(decay=0.05), every=10 updates)", "same"],
    ],
    "inverse_sqrt": [
        ["transformers", "inverse_sqrt", "warmup(span=12 updates, first=0)+inverse_sqrt(timescale=12 updates)", "same"],
        ["Megatron-LM", "inverse-square-root, min_lr",
         "warmup(span=12 updates, first=0)+floored(of=inverse_sqrt(timescale=12 updates), floor=0.1)", "same"],
    ],
    "step": [
        ["Keras", "ExponentialDecay, staircase", "step(gamma=0.3, every=40 updates)", "same"],
        ["timm", "step, decay_t=2.4 epochs", "staircase(of=step(gamma=0.97, every=2.4 epochs), every=1 epochs)",
         "same with 100 updates an epoch; spans are whole updates, so with 7 the cut drifts: off by 0.03"],
        ["MMEngine", "StepLR(20, 0.5)", "step(gamma=0.5, every=20 updates)", "same"],
    ],
    "multi_step": [
        ["timm", "multistep [30, 60]", "multi_step(at=[29 updates, 59 updates], gamma=0.5)",
         "same: its milestone acts one update early; the obvious 30 and 60 are off by 0.5 there"],
        ["MMEngine", "MultiStepLR", "multi_step(at=[30 updates, 60 updates])", "same"],
        ["fvcore", "StepWithFixedGamma(3 decays)", "multi_step(at=[25 updates, 49 updates, 73 updates])",
         "same: it rounds up, percentages here to the nearest"],
    ],
    "piecewise_constant": [
        ["Keras", "PiecewiseConstantDecay [30, 60]",
         "piecewise_constant(at=[31 updates, 61 updates], values=[1, 0.5, 0.1])", "same: it changes one update later"],
        ["optax", "piecewise_constant_schedule",
         "piecewise_constant(at=[30 updates, 60 updates], values=[1, 0.2, 0.1])", "same"],
    ],
    "piecewise_linear": [
        ["optax", "piecewise_interpolate_schedule, linear",
         "piecewise_linear(at=[30 updates, 60 updates], values=[1, 0.2, 0.1])", "same"],
        ["MMEngine", "LinearLR(0.001, end=12)", "piecewise_linear(at=[11 updates], values=[0.001, 1])",
         "same: it reaches the peak one update early; the obvious warm-up is off by 0.08"],
    ],
    "one_cycle": [
        ["MMEngine", "OneCycleLR", "one_cycle", "same, as torch's"],
        ["optax", "cosine_onecycle_schedule",
         "warmup(span=29 updates, first=0, curve=cosine, start=0.04)+cosine(floor=4e-06)",
         "same; the obvious one_cycle is off by 0.03, since its ends are closed"],
        ["optax", "linear_onecycle_schedule",
         "piecewise_linear(at=[29 updates, 82 updates, 97 updates], values=[0.04, 1, 0.04, 4e-06])",
         "same; the obvious one_cycle(anneal=linear, phases=3) is off by 0.5: torch's phases lie elsewhere"],
    ],
    "hard_restarts": [
        ["transformers", "cosine_with_restarts, 3 cycles",
         "warmup(span=12 updates, first=0)+hard_restarts(cycles=3)", "same"],
    ],
    "sgdr": [
        ["Keras", "CosineDecayRestarts", "sgdr(first=20 updates, decay=0.5, floor=0.1)",
         "same; t_mul below 1 has no field here"],
        ["timm", "cosine, cycle_mul=2, cycle_decay=0.5, lr_min above 0", "sgdr(first=13 updates, decay=0.5, floor=0.1)",
         "off by 0.08: the decay here is of the height above the floor, theirs of the peak"],
    ],
    "sequence": [["optax", "join_schedules", "sequence(of=[linear, scale(of=cosine, by=0.5)], at=[40 updates])",
                  "same where each part is as long as its own schedule"]],
    "floored": [["optax", "exponential_decay, end_value",
                 "floored(of=exponential(gamma=0.3, every=20 updates), floor=0.1)",
                 "same"]],
    "repeat": [["timm", "poly, cycle_limit=3", "repeat(of=polynomial(power=0.5), every=30 updates)", "same"]],
    "warmup": [
        ["transformers, optax, Megatron-LM", "every warm-up", "warmup(span=12 updates, first=0)+constant",
         "the first update is at rate 0 and changes nothing; here it is at 1/(W+1) unless first=0"],
        ["timm", "warm-up, warmup_prefix=True", "warmup(span=12 updates, first=0, mode=prefix)+constant",
         "the run of T updates follows after the warm-up"],
    ],
}  # fmt: skip

# What holds for every schedule of a library.
HABITS: dict[str, str] = {
    "torch": "schedulers are stepped by you: once an update here, often once an epoch there. A rate stepped per "
    "epoch is staircase(of=..., every=1 epochs).",
    "transformers": "the warm-up counts from 0: its first update is at rate 0, but at 1/W in "
    "cosine_warmup_with_min_lr, and at min_lr_ratio in warmup_stable_decay.",
    "optax": "curves hold their last value beyond the run; counts begin at 0, as here.",
    "Keras": "rates are float32, and piecewise ones change one update later.",
    "timm": "counts epochs unless told otherwise; a default warm-up is no part of the curve: it drops onto it.",
}
