"""The command line: one module per command, each with ``add_arguments(parser)`` and ``run(arguments) -> int``.

What a command needs is imported by its ``run``, so that help and mistakes in the arguments cost nothing.
"""
