"""Write the bundled samples again, byte for byte: `python samples/make_samples.py [--out DIR]`.

Facts lie in samples/facts, the parts of the generator in samples/make. See samples/README.md.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from samples.make import (  # noqa: E402 - after the path
    advanced,
    bitcoin,
    chain,
    etl,
    exports,
    exports_parquet,
    news,
    noise,
    offchain,
    other_chains,
    sanctions,
    story,
    switzerland,
    truth,
    un_and_eu,
    united_kingdom,
)


def make(out: Path) -> None:
    ordered = chain.lay_out(story.transactions() + noise.transactions())
    sanctions.write(out)
    advanced.write(out)
    un_and_eu.write(out)
    switzerland.write(out)
    united_kingdom.write(out)
    etl.write(out, ordered)
    exports.write(out, ordered)
    exports_parquet.write(out, ordered)
    bitcoin.write(out)
    other_chains.write(out)
    offchain.write(out)
    news.write(out)
    truth.write(out, ordered)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write into")
    make(parser.parse_args().out)


if __name__ == "__main__":
    main()
