// Makes the Python environment in which moto runs, in .venv beside this file. A second run re-uses it while requirements.txt is the
// same. Needs CPython 3.11 or newer with venv; LOCKDOWN_PYTHON names one that is not found by itself.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const venv = fileURLToPath(new URL('.venv', import.meta.url));
const python = process.platform === 'win32' ? `${venv}\\Scripts\\python.exe` : `${venv}/bin/python`;
// Written last: an environment that was left half made has none.
const stamp = fileURLToPath(new URL('.venv/requirements.sha256', import.meta.url));

const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && run(python, ['-c', 'import moto'])) process.exit(0);

const base = findPython();
if (base === undefined) {
  fail(
    'The tests on moto need Python 3.11 or newer, and none was found.',
    'Install it (Debian, Ubuntu: apt-get install python3-venv), or name one in LOCKDOWN_PYTHON.',
  );
}
console.error('Making the Python environment for moto in tooling/moto/.venv ...');
rmSync(venv, { recursive: true, force: true });
if (!run(base, ['-m', 'venv', venv], 'inherit')) {
  fail('Python could not make a virtual environment.', 'Install its venv module (Debian, Ubuntu: apt-get install python3-venv).');
}
const install = [
  '-m',
  'pip',
  'install',
  '--quiet',
  '--disable-pip-version-check',
  '--no-deps',
  '--require-hashes',
  '-r',
  requirements,
];
if (!run(python, install, 'inherit')) fail('The Python packages of moto could not be installed.', 'The reason is above.');
if (!run(python, ['-m', 'compileall', '-q', '-j', '0', venv]))
  console.error('Its modules could not be compiled; the first start is slow.');
writeFileSync(stamp, wanted);

function findPython() {
  const named = process.env.LOCKDOWN_PYTHON;
  const names = named ? [named] : ['python3', 'python3.13', 'python3.12', 'python3.11', 'python'];
  return names.find((name) => run(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))']));
}

function run(program, args, stdio = 'ignore') {
  return spawnSync(program, args, { stdio }).status === 0;
}

function fail(...sentences) {
  for (const sentence of sentences) console.error(sentence);
  process.exit(1);
}
