"""Tables as people keep them, CSV and Excel: cells, numbers in their spellings, columns by what they are called."""
