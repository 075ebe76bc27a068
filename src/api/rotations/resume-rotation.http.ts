import { type Endpoint, taking } from '../endpoint.ts';
import { noBody } from '../no-body.ts';
import { refusal } from '../refusal.ts';
import { rotationAnswer } from './rotation-answer.ts';

/** 202 RotationView with its Location: the rotation's next step carries it out. */
export const resumeRotation: Endpoint = taking(noBody, {
  name: 'resume-rotation',
  method: 'POST',
  route: 'targets/{name}/rotations/{id}/resume',
  role: 'Keyturn.Operate',
  summary: 'Lets a suspended rotation go on where it stopped.',
  answers: { 202: 'Rotation' },
  async work({ request, app, operator, target, id }) {
    const answer = await app.resume(target, id, operator);
    if (answer.kind !== 'noted') throw refusal(request, answer);
    return rotationAnswer(request, answer.rotation);
  },
});
