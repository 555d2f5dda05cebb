import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { type Machine, processOwners, thisMachine } from './owners.ts';

function machine(starts: { readonly [pid: number]: string }, more: Partial<Machine> = {}): Machine {
  return { host: 'bastion/1', boot: 'b1', pids: '4026', startOf: (pid) => starts[pid], ...more };
}

const running = machine({ 10: '100', 11: '200' });
const other = processOwners('n2', running, 11).me;

test('a living process is not dead', () => {
  expect(processOwners('n1', running, 10).isDead(other)).toBe(false);
});

test('a process that is gone is dead, and so is one whose id another has now', () => {
  expect(processOwners('n1', machine({ 10: '100' }), 10).isDead(other)).toBe(true);
  expect(processOwners('n1', machine({ 10: '100', 11: '300' }), 10).isDead(other)).toBe(true);
});

test('of another machine, start or process namespace nothing is known', () => {
  for (const elsewhere of [{ host: 'bastion/2' }, { boot: 'b2' }, { pids: '4027' }, { boot: '' }, { pids: '' }])
    expect(processOwners('n1', machine({ 10: '100' }, elsewhere), 10).isDead(other)).toBe(false);
});

test('where the system does not tell when processes began, one that is there is not dead, and one that is gone is', () => {
  const silent = machine({ 10: '', 11: '' });
  const there = processOwners('n2', silent, 11).me;
  for (const later of [silent, machine({ 10: '100', 11: '300' })])
    expect(processOwners('n1', later, 10).isDead(there)).toBe(false);
  expect(processOwners('n1', silent, 10).isDead(other)).toBe(false);
  expect(processOwners('n1', machine({ 10: '' }), 10).isDead(there)).toBe(true);
});

test('where the system does not tell its start or its namespace of processes, nothing is known of its own either', () => {
  for (const untold of [{ boot: '' }, { pids: '' }]) {
    const there = processOwners('n2', machine({ 10: '100', 11: '200' }, untold), 11).me;
    expect(processOwners('n1', machine({ 10: '100' }, untold), 10).isDead(there)).toBe(false);
  }
});

test('an id with a part more or less is none of ours', () => {
  for (const id of [`${other}/more`, other.slice(0, other.lastIndexOf('/'))])
    expect(processOwners('n1', machine({ 10: '100' }), 10).isDead(id)).toBe(false);
});

test('what is no id of ours is not dead', () => {
  for (const id of ['', 'process-1', 'a/b/c', 'bastion%2F1/b1/4026/1e3/200/n', 'bastion%2F1/b1/4026/-1/200/n', 'x/x/x/1/2/3/4'])
    expect(processOwners('n1', machine({ 10: '100' }), 10).isDead(id)).toBe(false);
});

test('a process that has ended is not there', () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  expect(thisMachine().startOf(pid)).toBeUndefined();
});

test('this process is alive to another of this machine', () => {
  const me = processOwners('n1').me;
  expect(processOwners('n2').isDead(me)).toBe(false);
  expect(thisMachine().startOf(process.pid)).toMatch(process.platform === 'linux' ? /^\d+$/ : /^/);
});
