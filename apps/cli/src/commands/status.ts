import { type ContainmentRecord, failureOf, keptInPlace, LockdownError, StoreFault, verify } from '@entity-lockdown/core';
import { allKept } from '../kept.ts';
import { type OpenHost, openHost } from '../open-host.ts';
import { liveProgress } from '../progress.ts';
import { type Named, namedBy, recordOf } from '../records.ts';
import { failureJson, type Result, type Running } from '../result.ts';
import { showFailure } from '../show/failure-text.ts';
import { recordJson } from '../show/outcome-text.ts';
import { keptJson, showKept, showRecord, showRecords, statusJson, verdict } from '../show/status-text.ts';
import { mostAtOnce, sideBySide } from '../side-by-side.ts';
import { registryFor } from './registry-for.ts';

/** Lists the open records, or shows one. With --verify, AWS is read and compared. Writes nothing anywhere. */
export async function status(
  target: string | undefined,
  options: { readonly [name: string]: unknown },
  running: Running,
): Promise<Result> {
  const live = liveProgress(running);
  const registry = await registryFor(options, running);
  const open = await openHost(options, registry, running, live);
  const { ledger, host } = open;
  const verifying = options.verify === true;
  try {
    if (target !== undefined) {
      const record = await recordOrKept(open, await namedBy(registry, target));
      const kept = await keptInPlace(ledger, record);
      const seen = verifying ? await verify(host, record) : undefined;
      return {
        exitCode: seen === undefined || verdict(record, seen).verified ? 0 : 1,
        json: { ledger: ledger.location, record: statusJson(record, seen, kept) },
        show: (out) => showRecord(out, record, seen, kept),
      };
    }
    const [found, left] = await Promise.all([ledger.allOpenOrFaults(), allKept(open)]);
    const faults = [...found, ...left].flatMap((each) => (each instanceof StoreFault ? [failureOf(each)] : []));
    const kept = left.flatMap((each) => (each instanceof StoreFault ? [] : [each]));
    const records = found
      .flatMap((each) => (each instanceof StoreFault ? [] : [each]))
      .toSorted((a, b) => (a.events[0]?.at ?? '').localeCompare(b.events[0]?.at ?? ''));
    const looks = await sideBySide(verifying ? records : [], mostAtOnce, async (record) => ({
      record,
      verdict: await verify(host, record).then(
        (seen) => verdict(record, seen),
        (error: unknown) => ({ verified: false, text: failureOf(error).message }),
      ),
    }));
    return {
      exitCode: faults.length === 0 && looks.every((look) => look.verdict.verified) ? 0 : 1,
      json: {
        ledger: ledger.location,
        records: records.map((record) => ({
          arn: record.entity.arn,
          type: record.plugin.id,
          ...recordJson(record),
          verification: looks.find((look) => look.record === record)?.verdict,
        })),
        kept: kept.map(keptJson),
        ...(faults.length > 0 && { failures: faults.map(failureJson) }),
      },
      show(out) {
        for (const fault of faults) showFailure(out, fault);
        if (records.length > 0 || faults.length === 0) showRecords(out, records, ledger.location);
        if (kept.length > 0) showKept(out, kept);
        for (const look of looks) out.paragraph(`${look.record.id}  `, look.verdict.text);
      },
    };
  } finally {
    live.stop();
    open.close();
  }
}

/** The record that is named; of an entity that has no open one, the record of which something was kept in place. */
async function recordOrKept(open: OpenHost, named: Named): Promise<ContainmentRecord> {
  try {
    return await recordOf(open.ledger, named);
  } catch (error) {
    if (!('entityKey' in named) || !(error instanceof LockdownError) || error.failure.code !== 'not-contained') throw error;
    const kept = (await allKept(open)).find((each) => !(each instanceof StoreFault) && each.record.entityKey === named.entityKey);
    if (kept === undefined || kept instanceof StoreFault) throw error;
    return kept.record;
  }
}
