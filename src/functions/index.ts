import type { HttpFunctionOptions, StorageQueueFunctionOptions, TimerFunctionOptions } from '@azure/functions';
import { adoptTarget } from './adopt-target.http.ts';
import { advanceRotation } from './advance-rotation.queue.ts';
import { cancelRotation } from './cancel-rotation.http.ts';
import type { Edge } from './edge.ts';
import { expediteRotation } from './expedite-rotation.http.ts';
import { holdRotation } from './hold-rotation.http.ts';
import { liftLine } from './lift-line.http.ts';
import { listTargets } from './list-targets.http.ts';
import { readFleet } from './read-fleet.http.ts';
import { readRotation } from './read-rotation.http.ts';
import { readTarget } from './read-target.http.ts';
import { releaseHold } from './release-hold.http.ts';
import { repairTarget } from './repair-target.http.ts';
import { reportCompromise } from './report-compromise.http.ts';
import { resumeRotation } from './resume-rotation.http.ts';
import { rollBackRotation } from './roll-back-rotation.http.ts';
import { setPause } from './set-pause.http.ts';
import { startRotation } from './start-rotation.http.ts';
import { sweep } from './sweep.timer.ts';

/** A function by its name and what wakes it. */
export type Registration =
  | { readonly name: string; readonly trigger: 'timer'; readonly options: TimerFunctionOptions }
  | { readonly name: string; readonly trigger: 'queue'; readonly options: StorageQueueFunctionOptions }
  | { readonly name: string; readonly trigger: 'http'; readonly options: HttpFunctionOptions };

/** No function keys: the access token decides, in `authorise`. */
const authLevel = 'anonymous';

/** Every function of the app. */
export function functions(edge: Edge, sweepSchedule: string): readonly Registration[] {
  return [
    {
      name: 'sweep',
      trigger: 'timer',
      options: { schedule: sweepSchedule, handler: sweep(edge) },
    },
    {
      name: 'advance-rotation',
      trigger: 'queue',
      options: { queueName: 'advance-rotation', connection: 'AzureWebJobsStorage', handler: advanceRotation(edge) },
    },
    {
      name: 'list-targets',
      trigger: 'http',
      options: { authLevel, methods: ['GET'], route: 'targets', handler: listTargets(edge) },
    },
    {
      name: 'read-target',
      trigger: 'http',
      options: { authLevel, methods: ['GET'], route: 'targets/{name}', handler: readTarget(edge) },
    },
    {
      name: 'adopt-target',
      trigger: 'http',
      options: { authLevel, methods: ['POST'], route: 'targets/{name}/adopt', handler: adoptTarget(edge) },
    },
    {
      name: 'repair-target',
      trigger: 'http',
      options: { authLevel, methods: ['POST'], route: 'targets/{name}/repair', handler: repairTarget(edge) },
    },
    {
      name: 'start-rotation',
      trigger: 'http',
      options: { authLevel, methods: ['POST'], route: 'targets/{name}/rotations', handler: startRotation(edge) },
    },
    {
      name: 'read-rotation',
      trigger: 'http',
      options: { authLevel, methods: ['GET'], route: 'targets/{name}/rotations/{id}', handler: readRotation(edge) },
    },
    {
      name: 'roll-back-rotation',
      trigger: 'http',
      options: {
        authLevel,
        methods: ['POST'],
        route: 'targets/{name}/rotations/{id}/rollback',
        handler: rollBackRotation(edge),
      },
    },
    {
      name: 'resume-rotation',
      trigger: 'http',
      options: {
        authLevel,
        methods: ['POST'],
        route: 'targets/{name}/rotations/{id}/resume',
        handler: resumeRotation(edge),
      },
    },
    {
      name: 'report-compromise',
      trigger: 'http',
      options: { authLevel, methods: ['POST'], route: 'targets/{name}/compromise', handler: reportCompromise(edge) },
    },
    {
      name: 'read-fleet',
      trigger: 'http',
      options: { authLevel, methods: ['GET'], route: 'fleet', handler: readFleet(edge) },
    },
    {
      name: 'lift-line',
      trigger: 'http',
      options: { authLevel, methods: ['POST'], route: 'fleet/lift', handler: liftLine(edge) },
    },
    {
      name: 'set-pause',
      trigger: 'http',
      options: { authLevel, methods: ['PUT'], route: 'pause', handler: setPause(edge) },
    },
    {
      name: 'cancel-rotation',
      trigger: 'http',
      options: {
        authLevel,
        methods: ['POST'],
        route: 'targets/{name}/rotations/{id}/cancel',
        handler: cancelRotation(edge),
      },
    },
    {
      name: 'hold-rotation',
      trigger: 'http',
      options: {
        authLevel,
        methods: ['POST'],
        route: 'targets/{name}/rotations/{id}/hold',
        handler: holdRotation(edge),
      },
    },
    {
      name: 'release-hold',
      trigger: 'http',
      options: {
        authLevel,
        methods: ['POST'],
        route: 'targets/{name}/rotations/{id}/release-hold',
        handler: releaseHold(edge),
      },
    },
    {
      name: 'expedite-rotation',
      trigger: 'http',
      options: {
        authLevel,
        methods: ['POST'],
        route: 'targets/{name}/rotations/{id}/expedite',
        handler: expediteRotation(edge),
      },
    },
  ];
}
