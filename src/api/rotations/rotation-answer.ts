import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { RotationView } from '../../app/contract.ts';
import { rotationPath } from './rotation-path.ts';

/** 202: the rotation goes on by itself, and `Location` tells where to follow it. `body` default the rotation. */
export function rotationAnswer(
  request: HttpRequest,
  rotation: RotationView,
  body: object = rotation,
): HttpResponseInit {
  return { status: 202, headers: { location: rotationPath(request, rotation.id) }, jsonBody: body };
}
