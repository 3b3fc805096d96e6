"""The centre: an HTTP server that takes laptops' runs durably, answers signed, and folds afterwards.

``ledger.make`` makes one, ``ledger.Ledger`` opens it, ``api.build`` gives it its door and ``serve.serve``
lets it answer. Nothing is imported here: a command that only adds an officer needs no web server.
"""
