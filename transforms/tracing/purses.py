"""What one address holds under each policy, in Python integers.

A purse hands out pieces in the order in which its policy lets them go, and receives the pieces of
another in that order. It is never asked for more than it holds: opening balances see to that.
"""

from collections import deque
from typing import Final, NamedTuple

from transforms.tracing.log import CLEAN


class Piece(NamedTuple):
    """An amount that moves as one, with its origin or CLEAN."""

    amount: int
    origin: int


class Fifo:
    """Lots in a queue: the oldest leaves first."""

    def __init__(self) -> None:
        self.lots: deque[Piece] = deque()

    def draw(self) -> Piece:
        """Remove the lot whose turn it is."""
        return self.lots.popleft()

    def put_back(self, lot: Piece) -> None:
        """Return the rest of a drawn lot to its place."""
        self.lots.appendleft(lot)

    def take(self, amount: int) -> list[Piece]:
        """Hand out lots, the last one split where it is larger than what is needed."""
        pieces = []
        while amount:
            lot = self.draw()
            if lot.amount > amount:
                self.put_back(Piece(lot.amount - amount, lot.origin))
                lot = Piece(amount, lot.origin)
            pieces.append(lot)
            amount -= lot.amount
        return pieces

    def give(self, pieces: list[Piece]) -> None:
        """Put pieces behind the others; neighbours of one origin merge, which saves lots."""
        for piece in pieces:
            if self.lots and self.lots[-1].origin == piece.origin:
                self.lots.append(Piece(self.lots.pop().amount + piece.amount, piece.origin))
            else:
                self.lots.append(piece)

    def tainted(self) -> int:
        """Return how much of it is tainted."""
        return sum(lot.amount for lot in self.lots if lot.origin != CLEAN)


class Lifo(Fifo):
    """Lots in a stack: the newest leaves first, and lies under the later ones where it arrives."""

    def draw(self) -> Piece:
        """Remove the newest lot."""
        return self.lots.pop()

    def put_back(self, lot: Piece) -> None:
        """Return the rest of it to the top."""
        self.lots.append(lot)


class Tiho(Fifo):
    """Tainted lots leave first, oldest first; so the clean ones need no order among themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.clean = 0

    def draw(self) -> Piece:
        """Remove the oldest tainted lot; all clean money where there is none."""
        if self.lots:
            return self.lots.popleft()
        clean, self.clean = self.clean, 0
        return Piece(clean, CLEAN)

    def put_back(self, lot: Piece) -> None:
        """Return the rest of it."""
        if lot.origin == CLEAN:
            self.clean = lot.amount
        else:
            self.lots.appendleft(lot)

    def give(self, pieces: list[Piece]) -> None:
        """Queue the tainted pieces, add up the clean ones."""
        self.clean += sum(piece.amount for piece in pieces if piece.origin == CLEAN)
        super().give([piece for piece in pieces if piece.origin != CLEAN])


class Haircut:
    """One balance, equally tainted throughout; the floor of a share stays with the sender."""

    def __init__(self) -> None:
        self.balance = 0
        self.taint: dict[int, int] = {}

    def take(self, amount: int) -> list[Piece]:
        """Hand out every origin's share, leftover units one each in origin order, and the rest."""
        taint = self.tainted()
        left = moved = amount * taint // self.balance
        shares = {}
        for origin in sorted(self.taint) if moved else ():
            shares[origin] = moved * self.taint[origin] // taint
            left -= shares[origin]
        for origin, share in shares.items():  # one round: fewer units are left than shares were cut
            if left and share < self.taint[origin]:
                shares[origin] += 1
                left -= 1
        pieces = [Piece(share, origin) for origin, share in shares.items() if share]
        for piece in pieces:
            self.taint[piece.origin] -= piece.amount
        self.balance -= amount
        return [*pieces, Piece(amount - moved, CLEAN)]

    def give(self, pieces: list[Piece]) -> None:
        """Pour pieces in."""
        for piece in pieces:
            self.balance += piece.amount
            if piece.origin != CLEAN:
                self.taint[piece.origin] = self.taint.get(piece.origin, 0) + piece.amount

    def tainted(self) -> int:
        """Return how much of it is tainted."""
        return sum(self.taint.values())


PURSES: Final[dict[str, type[Fifo | Haircut]]] = {
    "fifo": Fifo,
    "haircut": Haircut,
    "lifo": Lifo,
    "tiho": Tiho,
}
