"""The command `novigem`: one small module per command, loaded only when it is called.

    main.py       the table of commands, and the one place where every exception becomes a message
    context.py    settings to a store, and the words people use to what the store knows
    programs.py   the programs of a command that scores
    options.py, output.py, connecting.py   what commands share: options, where answers go, the way to an org

Comes in: arguments, settings. Goes out: screens, tables and JSON (`novigem.views`), and an exit code: 0 done, 1 the
world failed, 2 the input is wrong. May import everything; nothing else in novigem imports this.
"""
