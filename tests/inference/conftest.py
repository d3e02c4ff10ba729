"""What tests of several engines need lies beside this file: tiny weights of a parser."""
