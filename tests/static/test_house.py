#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""Tests of house: what it counts, and that it sees each limit exceeded."""

import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
LOADER = importlib.machinery.SourceFileLoader(
    'house', str(pathlib.Path(__file__).with_name('house')))
house = importlib.util.module_from_spec(
    importlib.util.spec_from_loader('house', LOADER))
LOADER.exec_module(house)

# A driver within all limits, with what may mislead a reader of C
DRIVER = {
    'drv.h': '''
#define drv_macro(x)    \\
        do {            \\
                x;      \\
        } while (0)
struct drv { int a; };
int drv_ring_get(struct drv *drv);
static inline int drv_double(int a)
{
        return 2 * a;
}
''',
    'drv.c': '''
/* static int alone(void) { } */
// static int also(void) { }
#include "drv.h"

static const struct ops drv_ops = {
        .call = drv_ring_get,
};

static int __init drv_start(void)
{
        const char *brace = "} static int text(void) {";

        return drv_ring_get(NULL) + '{';
}
module_init(drv_start);
''',
    'drv_ring.c': '''
#include "drv.h"

__printf(2, 3)
static void drv_log(struct drv *drv, const char *text,
                    ...)
{
        /* one }
         * two
         */
        if (text) {
                drv_macro(drv);
        }
}

VISIBLE_IF_KUNIT int drv_ring_step(struct drv *drv)
        __must_hold(&drv->lock)
{
        return 0;
}

int drv_ring_get(struct drv *drv)
{
        drv_log(drv, "drv.c has drv_start() {");
        return 1;
}

void drv_ring_put(struct drv *drv)
{
}
''',
}


def function(name, lines, kind='static void'):
    """A function with so many lines in its body."""
    return f'\n{kind} {name}(void)\n{{\n' + '\tcall();\n' * lines + '}\n'


class TestHouse(unittest.TestCase):
    """Each test has a copy of DRIVER, changed."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.dir = pathlib.Path(scratch.name)
        for name, text in DRIVER.items():
            self.add(name, text)

    def add(self, name, text):
        """Append to a file."""
        with (self.dir / name).open('a', encoding='utf-8') as file:
            file.write(text)

    def run_house(self, *args):
        """What house says, by lines, and its status."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            status = house.main([*args, str(self.dir)])
        return out.getvalue().splitlines(), status

    def over(self):
        """What it says to be over the limits."""
        lines, status = self.run_house('--limits')
        over = lines[lines.index(next(line for line in lines
                                      if line.startswith('circles'))) + 1:-1]
        self.assertEqual(status, 1 if over else 0)
        self.assertEqual(lines[-1].split(':')[0], 'FAIL' if over else 'pass')
        return over

    def test_counts(self):
        """The table of DRIVER."""
        lines, status = self.run_house()
        self.assertEqual(status, 0)
        rows = [tuple(line.rsplit(None, 1)) for line in lines[1:]]
        size = {name: text.count('\n') for name, text in DRIVER.items()}
        self.assertEqual(rows, [
            ('.c files', '2'),
            ('  lines each', f"{size['drv.c']}-{size['drv_ring.c']}"),
            ('headers', '1'),
            ('  lines each', str(size['drv.h'])),
            ('functions', '6'),
            ('  lines, median', '1.5'),
            ('  lines, longest', '6'),
            ('external functions', '2'),
            ('  used by two files or more', '0'),
            ('  used by one file', '1'),
            ('  used by none', '1'),
            ('static functions of one word', '0'),
            ('  defined twice', '0'),
            ('circles of files', '0')])

    def test_within(self):
        """What is right at the limits passes."""
        self.add('drv.h', '\n' * (200 - DRIVER['drv.h'].count('\n')))
        self.add('drv.c', function('drv_long', 50))
        for i in range(38):
            self.add('drv_more.c', function(f'drv_more_{i}', 1, 'void'))
        self.assertEqual(self.over(), [])

    def test_circle(self):
        """Two files that use each other, three in a round, none by itself."""
        self.add('drv.c', function('drv_say', 1, 'void'))
        self.assertEqual(self.over(), [])
        self.add('drv_ring.c', '\nvoid (*const drv_hook)(void) = drv_say;\n')
        self.assertEqual(self.over(), ['a circle of files: drv.c, drv_ring.c'])
        self.add('a.c', 'int a_do(void)\n{\n\treturn b_do();\n}\n')
        self.add('b.c', 'int b_do(void)\n{\n\treturn c_do();\n}\n')
        self.add('c.c', 'int c_do(void)\n{\n\treturn a_do();\n}\n')
        self.assertEqual(self.over(), ['a circle of files: a.c, b.c, c.c',
                                       'a circle of files: drv.c, drv_ring.c'])

    def test_external(self):
        """One more than may be."""
        for i in range(39):
            self.add('drv_more.c', function(f'drv_more_{i}', 1, 'void'))
        self.assertEqual(self.over(), ['41 external functions, at most 40'])

    def test_one_word(self):
        """In a .c file, in a header, and the same name twice."""
        self.add('drv.c', function('fail', 1))
        self.add('drv_ring.c', function('fail', 1))
        self.add('drv.h', function('half', 1, 'static inline int'))
        self.add('drv.c', function('external', 1, 'int'))
        found = [line.split(': ', 1)[1] for line in self.over()]
        self.assertEqual(found, [
            f'{name}(): a static function of one word'
            for name in ('fail', 'half', 'fail')])
        table = self.run_house()[0]
        self.assertIn(('  defined twice', '1'),
                      [tuple(line.rsplit(None, 1)) for line in table])

    def test_header(self):
        """One line more than may be."""
        self.add('drv.h', '\n' * (201 - DRIVER['drv.h'].count('\n')))
        self.assertEqual(self.over(), ['drv.h: 201 lines, at most 200'])

    def test_function(self):
        """One line more than may be; comments and nested braces count."""
        self.add('drv.c', '\nint drv_long(int a,\n\t     int b)\n{\n\tif (a) {\n'
                 + '\t\t/* } */\n' * 49 + '\t}\n}\n')
        line = DRIVER['drv.c'].count('\n') + 2
        self.assertEqual(self.over(), [
            f'drv.c:{line}: drv_long(): 51 lines, at most 50'])

    def test_nothing(self):
        """A directory without C has not passed."""
        with tempfile.TemporaryDirectory() as empty:
            with self.assertRaises(SystemExit):
                house.main(['--limits', empty])


if __name__ == '__main__':
    unittest.main()
