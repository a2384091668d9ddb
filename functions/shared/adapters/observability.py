"""Structured logs, traces and metrics, the same for every function.

Log an event name and fields: ids, never persons. Lines go to standard error: Lambda reads both streams, and a
function's standard output stays free.
"""

import sys

from aws_lambda_powertools import Logger, Metrics, Tracer

logger = Logger(stream=sys.stderr)
tracer = Tracer()
metrics = Metrics()
