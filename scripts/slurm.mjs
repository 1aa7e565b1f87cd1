/**
 * A Slurm of one machine for the tests: munged, slurmctld and slurmd in a folder of their own, on ports of their own, with
 * nothing of the machine's configuration touched. Debian's packages are installed when they are missing and this process may.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { cpus, hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { aptInstall, isExecutable } from './debian.mjs';

const DAEMONS = ['/usr/sbin/munged', '/usr/sbin/slurmctld', '/usr/sbin/slurmd'];
const START_MS = 60_000;

/** @throws {Error} when Slurm is not there and cannot be installed */
function ensureSlurm() {
  if (DAEMONS.every(isExecutable)) return;
  aptInstall(['slurm-wlm', 'munge']); // no service is started: the tests have daemons of their own
  if (DAEMONS.every(isExecutable)) return;
  throw new Error(
    'the Slurm tests need root and munged, slurmctld and slurmd: sudo apt-get install slurm-wlm munge',
  );
}

/**
 * Starts the daemons below `folder`, and waits until the node takes jobs.
 * @param {string} folder absolute, of root alone
 * @param {number} port two free ports from here on
 */
export async function startSlurm(folder, port) {
  ensureSlurm();
  for (const name of ['state', 'spool', 'munge'])
    mkdirSync(join(folder, name), { recursive: true, mode: 0o755 });
  const socket = join(folder, 'munge', 'socket');
  const key = join(folder, 'munge', 'key');
  writeFileSync(key, randomBytes(1024), { mode: 0o600 });
  chmodSync(folder, 0o755);
  const conf = join(folder, 'slurm.conf');
  const host = hostname();
  writeFileSync(
    conf,
    `ClusterName=tests
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${port}
SlurmdPort=${port + 1}
AuthType=auth/munge
AuthInfo=socket=${socket}
CryptoType=crypto/munge
SlurmUser=root
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,batch_sched_delay=0
ReturnToService=2
NodeName=${host} NodeAddr=127.0.0.1 CPUs=${cpus().length} State=UNKNOWN
PartitionName=tests Nodes=${host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:4
`,
  );
  const env = { ...process.env, SLURM_CONF: conf };
  const daemons = [
    spawn(
      '/usr/sbin/munged',
      [
        '--foreground',
        '--force',
        `--socket=${socket}`,
        `--key-file=${key}`,
        `--log-file=${folder}/munge/log`,
        `--pid-file=${folder}/munge/pid`,
        `--seed-file=${folder}/munge/seed`,
      ],
      { stdio: 'ignore' },
    ),
  ];
  const stop = async () => {
    for (const daemon of daemons.reverse()) {
      const ended = new Promise((done) => daemon.once('exit', done));
      if (daemon.exitCode === null && daemon.signalCode === null) {
        daemon.kill('SIGTERM');
        await Promise.race([ended, after(5000, undefined, { ref: false })]);
        daemon.kill('SIGKILL');
      }
    }
  };
  try {
    await until(() => existsSync(socket), 'munged');
    daemons.push(spawn('/usr/sbin/slurmctld', ['-D', '-f', conf], { stdio: 'ignore', env }));
    daemons.push(spawn('/usr/sbin/slurmd', ['-D', '-f', conf], { stdio: 'ignore', env }));
    await until(
      () =>
        /\bidle\b/.test(
          spawnSync('sinfo', ['--noheader', '--format=%T'], { env, encoding: 'utf8' }).stdout ?? '',
        ),
      'slurmctld and slurmd',
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { env, stop };
}

/** @param {() => boolean} ready @param {string} what */
async function until(ready, what) {
  const end = Date.now() + START_MS;
  while (!ready()) {
    if (Date.now() > end) throw new Error(`${what} did not start within ${START_MS / 1000} s`);
    await after(200);
  }
}
