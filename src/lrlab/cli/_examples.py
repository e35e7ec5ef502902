"""The example that the help of each verb ends with."""

EXAMPLES = {
    "compare": "lrlab compare digits/mlp constant cosine --budget 60s",
    "find": 'lrlab find digits/convnet --length "30 epochs"',
    "decays": "lrlab decays digits/mlp --epochs 10 --cooldowns 20%,40%",
    "run": "lrlab run demo",
    "judge": "lrlab judge runs.csv --metric accuracy",
    "plan": "lrlab plan --arms 8 --difference 0.5 --sd 0.8",
    "report": "lrlab report demo --code",
    "watch": "lrlab watch lrlab-results/records.db",
    "show": "lrlab show cosine one_cycle --updates 200",
    "list": "lrlab list schedules",
    "verify": "lrlab verify digits/convnet",
    "doctor": "lrlab doctor",
    "store check": "lrlab store check --repair",
    "store export": "lrlab store export tables --format parquet",
    "store merge": "lrlab store merge other/records.db",
    "store forget": "lrlab store forget --schedule step --dry-run",
    "store gc": "lrlab store gc --dry-run",
}


def example_of(verb: str) -> str | None:
    """The end of a verb's help; None where it has no example."""
    return f"Example: {EXAMPLES[verb]}" if verb in EXAMPLES else None
