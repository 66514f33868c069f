import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { JsonResponse } from '../docs/json-response.js';
import { ProblemResponses } from '../docs/problem-responses.js';
import { isProblemName, problemTypes, type ProblemType } from './problem-types.js';
import { ProblemError } from './problem.js';

/** Explains each problem type at the address that is its type. */
@ApiTags('Problems')
@Controller('problems')
@ProblemResponses('unavailable')
export class ProblemsController {
  @Get()
  @Header('cache-control', 'public, max-age=3600')
  @ApiOperation({ operationId: 'listProblemTypes', summary: 'Every type of problem' })
  @JsonResponse(200, 'Types by the last segment of their address.', 'ProblemTypes')
  list(): Record<string, ProblemType> {
    return problemTypes;
  }

  @Get(':type')
  @Header('cache-control', 'public, max-age=3600')
  @ApiOperation({ operationId: 'readProblemType', summary: 'One type of problem' })
  @ApiParam({ name: 'type', schema: { type: 'string', example: 'sold-out' } })
  @JsonResponse(200, 'Its meaning, and what to do.', 'ProblemType')
  @ProblemResponses('invalid-request', 'not-found', 'uri-too-long')
  one(@Param('type') type: string): ProblemType {
    if (!isProblemName(type)) throw new ProblemError('not-found', 'there is no such type of problem');
    return problemTypes[type];
  }
}
