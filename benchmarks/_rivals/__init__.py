"""Other methods for the schedule of a day, and the judge that all of them share."""
