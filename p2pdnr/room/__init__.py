"""A room: a lecturer, a class with phones, rounds that all play at once (docs/room.md).

The server process keeps the state in SQLite and answers; what computes is the referee, a process of its own, and for
the market of a *trade* round the workers of the server.
"""
