import { failureOf, StoreFault, verify } from '@entity-lockdown/core';
import { openHost } from '../open-host.ts';
import { liveProgress } from '../progress.ts';
import { namedBy, recordOf } from '../records.ts';
import { failureJson, type Result, type Running } from '../result.ts';
import { showFailure } from '../show/failure-text.ts';
import { recordJson } from '../show/outcome-text.ts';
import { showRecord, showRecords, statusJson, verdict } from '../show/status-text.ts';
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
      const record = await recordOf(ledger, await namedBy(registry, target));
      const seen = verifying ? await verify(host, record) : undefined;
      return {
        exitCode: seen === undefined || verdict(record, seen).verified ? 0 : 1,
        json: { ledger: ledger.location, record: statusJson(record, seen) },
        show: (out) => showRecord(out, record, seen),
      };
    }
    const found = await ledger.allOpenOrFaults();
    const faults = found.flatMap((each) => (each instanceof StoreFault ? [failureOf(each)] : []));
    const records = found
      .flatMap((each) => (each instanceof StoreFault ? [] : [each]))
      .toSorted((a, b) => (a.events[0]?.at ?? '').localeCompare(b.events[0]?.at ?? ''));
    const looks = await sideBySide(verifying ? records : [], mostAtOnce, async (record) => {
      const seen = await verify(host, record).catch((error: unknown) => error);
      return {
        record,
        verdict: isVerification(seen) ? verdict(record, seen) : { verified: false, text: failureOf(seen).message },
      };
    });
    return {
      exitCode: faults.length === 0 && looks.every((look) => look.verdict.verified) ? 0 : 1,
      json: {
        ledger: ledger.location,
        records: records.map((record) => ({
          arn: record.entity.arn,
          type: record.plugin.id,
          ...recordJson(record),
          ...(verifying && { verification: looks.find((look) => look.record === record)?.verdict }),
        })),
        ...(faults.length > 0 && { failures: faults.map(failureJson) }),
      },
      show(out) {
        for (const fault of faults) showFailure(out, fault);
        if (records.length > 0 || faults.length === 0) showRecords(out, records, ledger.location);
        for (const look of looks) out.paragraph(`${look.record.id}  `, look.verdict.text);
      },
    };
  } finally {
    live.stop();
    open.close();
  }
}

function isVerification(found: unknown): found is Awaited<ReturnType<typeof verify>> {
  return typeof found === 'object' && found !== null && 'targets' in found;
}
