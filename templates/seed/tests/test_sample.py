"""The sample looks like the data that the project learns from. Put tests of your own beside this one."""

import csv
import pathlib
import unittest

SAMPLE = pathlib.Path(__file__).parent.parent / "sample" / "training.csv"
LABEL = "late"


@unittest.skipUnless(SAMPLE.exists(), "the image of one's own carries the tests, and not the sample")
class Sample(unittest.TestCase):
    def setUp(self):
        with SAMPLE.open(newline="", encoding="utf-8") as file:
            self.rows = list(csv.DictReader(file))

    def test_every_row_has_a_label(self):
        self.assertEqual({row[LABEL] for row in self.rows}, {"0", "1"})

    def test_every_row_has_every_column(self):
        for row in self.rows:
            self.assertNotIn(None, row)
            self.assertNotIn(None, row.values())


if __name__ == "__main__":
    unittest.main()
