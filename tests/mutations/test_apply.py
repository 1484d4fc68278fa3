#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""Tests of apply."""

import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
sys.dont_write_bytecode = True
LOADER = importlib.machinery.SourceFileLoader('apply', str(HERE / 'apply'))
SPEC = importlib.util.spec_from_loader('apply', LOADER)
apply = importlib.util.module_from_spec(SPEC)
sys.modules['apply'] = apply
LOADER.exec_module(apply)

HEAD = 'What it breaks.\nTest: true\nSays: nothing\n\n'

SOURCE = '''/* two_lines() { is no function here */
#define LIMIT	16
#define LONG(x)	\\
	((x) + LIMIT)

int two_lines(int a,
	      int b);
static int user(void);

static __printf(1, 2) int two_lines(int a,
				    int b)
{
	/* a comment with a } */
	const char *s = "{";

	if (a > b ||
	    a == 0)
		return *s;

out:
	while (again(a)) {
		a--;
	}
	return a;
}

static int again(int a)
{
	return a == 0;
}

enum kind {
	FIRST,
	SECOND,
};

static const struct ops table[] = {
	{ .call = again },
};
'''


class Tree(unittest.TestCase):
    """Mutations of a small tree."""

    def setUp(self):
        self.temp = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.addCleanup(self.temp.cleanup)
        self.tree = pathlib.Path(self.temp.name)
        (self.tree / 'sub').mkdir()
        (self.tree / 'one.c').write_text(SOURCE)
        (self.tree / 'one.h').write_text('struct item {\n\tint again;\n};\n')
        (self.tree / 'sub/two.c').write_text('int again(void)\n{\n\treturn 1;\n}\n')

    def run_main(self, *args):
        """Return: status and all output."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = apply.main([str(arg) for arg in args])
        return status, out.getvalue()

    def write(self, edits, head=HEAD):
        """A mutation's file."""
        file = self.tree / 'name.mutation'
        file.write_text(head + edits)
        return file

    def mutate(self, edits, file='one.c', head=HEAD):
        """Return: the file after the mutation."""
        status, out = self.run_main(self.write(edits, head), self.tree)
        self.assertEqual((status, out), (0, ''))
        return (self.tree / file).read_text()

    def refuse(self, edits, *words, head=HEAD):
        """It does not apply, says why, and changes nothing."""
        status, out = self.run_main(self.write(edits, head), self.tree)
        self.assertEqual(status, 1)
        for word in ('name: ', *words):
            self.assertIn(word, out)
        self.assertEqual((self.tree / 'one.c').read_text(), SOURCE)

    def test_part_of_a_line(self):
        """What stands around the old text stays."""
        self.assertEqual(self.mutate('In: again\n- a == 0\n+ 1\n'),
                         SOURCE.replace('return a == 0;', 'return 1;'))

    def test_whitespace(self):
        """Line breaks in the source are spaces."""
        self.assertEqual(self.mutate('In: two_lines\n- a > b || a == 0\n+ b\n'),
                         SOURCE.replace('a > b ||\n\t    a == 0', 'b'))

    def test_lines(self):
        """Lines become others; the first keeps its indentation."""
        self.assertEqual(self.mutate('In: two_lines\n-\t\ta--;\n+\t\tif (a)\n+\t\t\ta--;\n'),
                         SOURCE.replace('\t\ta--;', '\t\tif (a)\n\t\t\ta--;'))

    def test_removal(self):
        """Lines of which nothing is left are removed; parts of lines leave the rest."""
        self.assertEqual(self.mutate('In: two_lines\n-\twhile (again(a)) {\n-\t\ta--;\n-\t}\n'),
                         SOURCE.replace('\twhile (again(a)) {\n\t\ta--;\n\t}\n', ''))
        (self.tree / 'one.c').write_text(SOURCE)
        self.assertEqual(self.mutate('In: two_lines\n- a--\n'), SOURCE.replace('a--', ''))

    def test_several(self):
        """Edits of one mutation, in one place and in another."""
        text = self.mutate('In: again\n- a ==\n\n- return\n+ return !\n\nIn: kind\n- FIRST,\n')
        self.assertEqual(text, SOURCE.replace('return a == 0', 'return !  0')
                         .replace('\tFIRST,\n', ''))

    def test_places(self):
        """Functions, macros, tables, structures, files, other directories."""
        self.assertIn('#define LIMIT\t32', self.mutate('In: LIMIT\n- 16\n+ 32\n'))
        self.assertIn('((x) - LIMIT)', self.mutate('In: LONG\n- +\n+ -\n'))
        self.assertIn('.call = user', self.mutate('In: table\n- again\n+ user\n'))
        self.assertIn('long again', self.mutate('In: item\n- int\n+ long\n', 'one.h'))
        self.assertIn('int user();', self.mutate('File: one.c\n- user(void)\n+ user()\n'))
        for path in ('sub', 'sub/two.c'):
            (self.tree / 'sub/two.c').write_text('int again(void)\n{\n\treturn 1;\n}\n')
            self.assertIn('return 2', self.mutate(f'In: {path} again\n- 1\n+ 2\n', 'sub/two.c'))

    def test_moved(self):
        """A function in another file is found there."""
        text = '\nstatic int again(int a)\n{\n\treturn a == 0;\n}\n'
        (self.tree / 'one.c').write_text(SOURCE.replace(text, ''))
        (self.tree / 'new.c').write_text(text)
        self.assertEqual(self.mutate('In: again\n- 0\n+ 1\n', 'new.c'), text.replace('0', '1'))

    def test_not_found(self):
        """Neither a place that is not there nor a text that is not."""
        self.refuse('In: three\n- a\n', 'three: not found')
        self.refuse('In: user\n- void\n', 'user: not found')
        self.refuse('In: out\n- a\n', 'out: not found')
        self.refuse('In: sub three\n- a\n', 'sub three: not found')
        self.refuse('File: none.c\n- a\n', 'none.c: not found')
        self.refuse('In: again\n- a  ==\t1\n', 'again: not found: a == 1')

    def test_words_are_whole(self):
        """A part of a word is not found."""
        self.refuse('In: again\n- ret\n', 'again: not found: ret')

    def test_found_twice(self):
        """In one place, or in two of the same name."""
        self.refuse('In: two_lines\n- return\n', 'two_lines: 2 times found: return')
        (self.tree / 'two.c').write_text(SOURCE)
        self.refuse('In: again\n- a == 0\n', 'again: 2 times found: a == 0')

    def test_bad_files(self):
        """Mutations that are none."""
        self.refuse('In: again\n- a ==\n+ a ==\n', 'changes nothing')
        self.refuse('In: again\n', 'an edit without old text')
        self.refuse('In: again\n+ a\n', 'a line without a meaning: + a')
        self.refuse('In: again\nx\n', 'a line without a meaning: x')
        self.refuse('- a\n', 'Test and Says are not pairs')
        edit = 'In: again\n- 0\n+ 1\n'
        self.refuse(edit, 'not pairs', head='What.\n')
        self.refuse(edit, 'not pairs', head='What.\nTest: true\n')
        self.refuse(edit, 'not pairs: Test: b', head='What.\nTest: a\nTest: b\n')

    def test_second_edit_fails(self):
        """A mutation is made whole or not at all."""
        self.refuse('In: LIMIT\n- 16\n+ 17\n\nIn: again\n- b\n', 'again: not found: b')

    def test_check(self):
        """It changes nothing, and counts."""
        good = self.write('In: again\n- 0\n+ 1\n')
        bad = self.tree / 'bad.mutation'
        bad.write_text(HEAD + 'In: again\n- 1\n')
        self.assertEqual(self.run_main('--check', self.tree, good),
                         (0, '1 passed, 0 failed, 0 skipped\n'))
        self.assertEqual(self.run_main('--check', self.tree, good, bad),
                         (1, 'bad: again: not found: 1\n1 passed, 1 failed, 0 skipped\n'))
        self.assertEqual(self.run_main('--check', self.tree)[0], 1)
        self.assertEqual((self.tree / 'one.c').read_text(), SOURCE)


if __name__ == '__main__':
    unittest.main()
