import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { isProblemName, problemTypes, type ProblemType } from './problem-types.js';
import { ProblemError } from './problem.js';

/** Says what the types of problems mean, at the very address that is their type. */
@ApiTags('Problems')
@Controller('problems')
export class ProblemsController {
  @Get()
  @Header('cache-control', 'public, max-age=3600')
  @ApiOperation({ summary: 'Every type of problem' })
  list(): Record<string, ProblemType> {
    return problemTypes;
  }

  @Get(':type')
  @Header('cache-control', 'public, max-age=3600')
  @ApiOperation({ summary: 'One type of problem' })
  one(@Param('type') type: string): ProblemType {
    if (!isProblemName(type)) throw new ProblemError('not-found', 'there is no such type of problem');
    return problemTypes[type];
  }
}
