"""Runs a command in a terminal and answers the question it asks there: terminal.py QUESTION ANSWER COMMAND...

Ends with its exit code, or with 99 where it asked nothing. https://docs.python.org/3/library/pty.html#pty.spawn
"""

import os
import pty
import sys

question, answer, *command = sys.argv[1:]
said = b""
is_answered = False


def read(terminal):
    global said, is_answered
    data = os.read(terminal, 1024)
    said += data
    if not is_answered and question.encode() in said:
        is_answered = True
        os.write(terminal, answer.encode())
    return data


# A terminal has no size by itself, and a question would have a character in each line.
code = os.waitstatus_to_exitcode(pty.spawn(["sh", "-c", 'stty rows 50 cols 200 && exec "$@"', "sh", *command], read))
sys.exit(code if is_answered else 99)
