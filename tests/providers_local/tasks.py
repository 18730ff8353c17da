"""Small tasks, each worded in its own way, with what a right answer prints."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from attrs import frozen

Check: TypeAlias = Callable[[str], bool]


@frozen
class Task:
    """What is asked, and whether an output is right."""

    words: str
    right: Check


def word(expected: str) -> Check:
    """The output holds ``expected`` as a word of its own."""
    return lambda output: re.search(rf"(?<!\w){re.escape(expected)}(?!\w)", output) is not None


def numbers(*expected: int) -> Check:
    """The numbers in the output are these, in this order."""
    return lambda output: tuple(map(int, re.findall(r"\d+", output))) == expected


TASKS = (
    Task("What is 2**10?", word("1024")),
    Task(
        "Print all prime numbers below 50.", numbers(2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)
    ),
    Task("Which day of the week was July 20, 1969?", word("Sunday")),
    Task("Calculate the factorial of 12.", word("479001600")),
    Task("I need the sum of the digits of 987654321.", word("45")),
    Task("Please reverse the string 'typedagents'.", word("stnegadepyt")),
    Task(
        "Give me the first ten Fibonacci numbers, beginning with 0 and 1.",
        numbers(0, 1, 1, 2, 3, 5, 8, 13, 21, 34),
    ),
    Task(
        "List the leap years between 2000 and 2030.", numbers(2000, 2004, 2008, 2012, 2016, 2020, 2024, 2028)
    ),
    Task("Find the greatest common divisor of 462 and 1071.", word("21")),
    Task("How many words are in the sentence 'the quick brown fox jumps over the lazy dog'?", word("9")),
)
"""What the project promises to solve: at least eight of them."""

OTHERS = (
    Task("Compute the square root of 1764.", word("42")),
    Task("What is the sum of the numbers from 1 to 100?", word("5050")),
    Task("Convert the number 255 to binary.", lambda output: "11111111" in output),
    Task("Sort these numbers from small to large: 42, 7, 19, 3, 88.", numbers(3, 7, 19, 42, 88)),
    Task("How many vowels are in the word 'conversation'?", word("5")),
    Task("Is 97 a prime number?", lambda output: re.search(r"True|is (a )?prime|Yes", output) is not None),
    Task("What is the average of 3, 8, 12 and 17?", word("10")),
    Task("Count how many times the letter 's' occurs in 'mississippi'.", word("4")),
    Task("How many days are there between 2024-01-01 and 2024-12-25?", word("359")),
    Task("Print the multiplication table of 7, up to 7 times 10.", word("70")),
    Task("Compute 17 * 23 + 5.", word("396")),
    Task("What is the largest of these numbers: 12, 99, 45, 67?", word("99")),
    Task("How many characters does the string 'hello world' have?", word("11")),
    Task(
        "Print the squares of the numbers from 1 to 6.",
        lambda output: re.findall(r"\d+", output)[-1:] == ["36"],
    ),
    Task(
        "Is the word 'racecar' a palindrome?",
        lambda output: re.search(r"True|is a palindrome|Yes", output) is not None,
    ),
    Task("What is the remainder when 1000 is divided by 7?", word("6")),
    Task("Write the word 'python' in capital letters.", word("PYTHON")),
    Task("Work out the least common multiple of 12 and 18.", word("36")),
    Task("Which numbers from 1 to 30 are divisible by both 2 and 5?", numbers(10, 20, 30)),
    Task("Convert 100 degrees Celsius to Fahrenheit.", lambda output: "212" in output),
)
"""For trying prompts on tasks they were not made for."""
