"""What one board holds back and another gives away."""

from novigem.program.draft import Draft


def names_are_held_back_everywhere(draft: Draft) -> None:
    """Warn of a board that names everybody beside one that names nobody: equal points tell who is who."""
    open_board = next((part for part in draft.boards if part.knows("names") and part.value.names == "full"), None)
    if open_board is None or not open_board.knows("id"):
        return
    for part in draft.boards:
        if part.knows("names") and part.value.names == "pseudonym":
            message = f'the board "{open_board.value.id}" shows by name whose points stand here under a pseudonym'
            draft.note(part.at("names"), "NV337", message, "give every board of the program the same `names`")
