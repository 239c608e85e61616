"""The command `novigem`: one small module per command, loaded only when it is called.

Comes in: arguments, settings. Goes out: screens, tables and JSON (`novigem.views`), and an exit code: 0 done, 1 the
world failed, 2 the input is wrong. Nothing else in novigem imports this.
"""
