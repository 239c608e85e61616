"""A sync that keeps running: rounds, schedule, health, metrics, logs, listening."""
