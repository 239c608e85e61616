"""Pseudonyms: a kind, readable name for everybody on a board, which only the database can make.

Comes in: a secret of the database, a program, and who takes part in it. Goes out: names. Pure: the same secret and the
same people give the same names, in whatever order they are read.
"""

from collections import defaultdict
from collections.abc import Iterable
from hashlib import blake2b

_HANDLE_BYTES = 8
_NUMBER_BYTES = 12

# Words that flatter nobody and hurt nobody; no two of one list look alike.
COLOURS = (
    "Amber",
    "Apricot",
    "Ash",
    "Azure",
    "Birch",
    "Bronze",
    "Canary",
    "Cedar",
    "Cherry",
    "Cinnamon",
    "Clay",
    "Cobalt",
    "Copper",
    "Coral",
    "Cream",
    "Crimson",
    "Crystal",
    "Denim",
    "Ebony",
    "Emerald",
    "Fern",
    "Flax",
    "Forest",
    "Frost",
    "Ginger",
    "Golden",
    "Granite",
    "Hazel",
    "Heather",
    "Honey",
    "Indigo",
    "Iris",
    "Ivory",
    "Jade",
    "Jasmine",
    "Juniper",
    "Lavender",
    "Lemon",
    "Lilac",
    "Linen",
    "Magenta",
    "Mahogany",
    "Maple",
    "Marble",
    "Mint",
    "Moss",
    "Mustard",
    "Nutmeg",
    "Ochre",
    "Olive",
    "Opal",
    "Orchid",
    "Pearl",
    "Peach",
    "Pine",
    "Plum",
    "Poppy",
    "Quartz",
    "Ruby",
    "Russet",
    "Saffron",
    "Sage",
    "Sand",
    "Sapphire",
    "Scarlet",
    "Sienna",
    "Silver",
    "Slate",
    "Snow",
    "Sorrel",
    "Sunny",
    "Tawny",
    "Teal",
    "Thyme",
    "Topaz",
    "Turquoise",
    "Umber",
    "Velvet",
    "Violet",
    "Willow",
)  # fmt: skip - a list of words reads better in lines
BIRDS = (
    "Avocet",
    "Bittern",
    "Blackbird",
    "Bluebird",
    "Bunting",
    "Bustard",
    "Canvasback",
    "Cardinal",
    "Chaffinch",
    "Chickadee",
    "Cormorant",
    "Crane",
    "Crossbill",
    "Curlew",
    "Dipper",
    "Dotterel",
    "Dove",
    "Dunlin",
    "Egret",
    "Eider",
    "Falcon",
    "Fieldfare",
    "Finch",
    "Flamingo",
    "Flicker",
    "Flycatcher",
    "Gannet",
    "Godwit",
    "Goldcrest",
    "Goldfinch",
    "Grebe",
    "Grosbeak",
    "Harrier",
    "Hawk",
    "Heron",
    "Hobby",
    "Hoopoe",
    "Hornbill",
    "Ibis",
    "Jacana",
    "Kestrel",
    "Killdeer",
    "Kingfisher",
    "Kite",
    "Kiwi",
    "Lapwing",
    "Lark",
    "Linnet",
    "Lyrebird",
    "Mallard",
    "Martin",
    "Meadowlark",
    "Merganser",
    "Merlin",
    "Mockingbird",
    "Nightingale",
    "Nuthatch",
    "Oriole",
    "Osprey",
    "Ouzel",
    "Owl",
    "Partridge",
    "Pelican",
    "Petrel",
    "Phoebe",
    "Pintail",
    "Pipit",
    "Plover",
    "Ptarmigan",
    "Puffin",
    "Quail",
    "Quetzal",
    "Raven",
    "Redstart",
    "Redwing",
    "Robin",
    "Sandpiper",
    "Scoter",
    "Shearwater",
    "Siskin",
    "Skylark",
    "Snipe",
    "Sparrow",
    "Spoonbill",
    "Starling",
    "Stilt",
    "Stork",
    "Sunbird",
    "Swallow",
    "Swan",
    "Swift",
    "Tanager",
    "Teal",
    "Tern",
    "Thrush",
    "Toucan",
    "Treecreeper",
    "Turnstone",
    "Twite",
    "Veery",
    "Wagtail",
    "Warbler",
    "Waxwing",
    "Wheatear",
    "Whimbrel",
    "Whinchat",
    "Whitethroat",
    "Wigeon",
    "Woodpecker",
    "Wren",
    "Yellowhammer",
)  # fmt: skip - as above
PLACES = (
    "Bay",
    "Beach",
    "Brook",
    "Canyon",
    "Cliff",
    "Coast",
    "Cove",
    "Dale",
    "Delta",
    "Dune",
    "Field",
    "Fjord",
    "Garden",
    "Glade",
    "Glen",
    "Grove",
    "Harbour",
    "Heath",
    "Hill",
    "Island",
    "Lagoon",
    "Lake",
    "Marsh",
    "Meadow",
    "Mill",
    "Moor",
    "Orchard",
    "Pass",
    "Pond",
    "Prairie",
    "Quay",
    "Reef",
    "Ridge",
    "River",
    "Shore",
    "Spring",
    "Summit",
    "Valley",
    "Waterfall",
    "Wood",
)  # fmt: skip - as above


def handle(secret: bytes, program: str, user: str) -> str:
    """Give the opaque id of somebody in a program: always the same, and not to be guessed from the user's own."""
    return f"p-{_keyed(secret, 'handle', program, user)[:_HANDLE_BYTES].hex()}"


def pseudonyms(secret: bytes, program: str, users: Iterable[str]) -> dict[str, str]:
    """Give everybody in a program a name of their own.

    Whoever else joins, a name never passes to another person: where two would be called alike, both get a word more.
    """
    words = {user: _words(secret, program, user) for user in set(users)}
    names = {user: f"{colour} {bird}" for user, (colour, bird, _place) in words.items()}
    names = {
        user: name if alone else f"{name} of the {words[user][2]}" for user, (name, alone) in _alone(names).items()
    }
    return {
        user: name if alone else f"{name} {_number(secret, program, user)}"
        for user, (name, alone) in _alone(names).items()
    }


def _alone(names: dict[str, str]) -> dict[str, tuple[str, bool]]:
    """Tell of each name whether one person alone bears it."""
    bearers: dict[str, int] = defaultdict(int)
    for name in names.values():
        bearers[name] += 1
    return {user: (name, bearers[name] == 1) for user, name in names.items()}


def _words(secret: bytes, program: str, user: str) -> tuple[str, str, str]:
    number = int.from_bytes(_keyed(secret, "name", program, user)[:_NUMBER_BYTES])
    number, colour = divmod(number, len(COLOURS))
    number, bird = divmod(number, len(BIRDS))
    return COLOURS[colour], BIRDS[bird], PLACES[number % len(PLACES)]


def _number(secret: bytes, program: str, user: str) -> int:
    # Eight bytes: of people who share three words, no two share it.
    return int.from_bytes(_keyed(secret, "number", program, user)[:_HANDLE_BYTES])


def _keyed(secret: bytes, *parts: str) -> bytes:
    return blake2b("\x00".join(parts).encode(), key=secret).digest()
