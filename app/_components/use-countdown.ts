import { useEffect, useState } from 'react'
import type { FormProblem } from './form-problem.ts'

/** Seconds until another attempt can succeed, counted down from when `problem` came up; 0 where waiting is not what helps. */
export function useCountdown(problem: FormProblem | null): number {
  const [counted, setCounted] = useState({ problem, left: problem?.retryAfter ?? 0 })

  useEffect(() => {
    if (!problem?.retryAfter) return
    const end = Date.now() + problem.retryAfter * 1000
    const timer = setInterval(() => {
      const left = Math.max(0, Math.ceil((end - Date.now()) / 1000))
      setCounted((before) => (before.problem === problem && before.left === left ? before : { problem, left }))
      if (left === 0) clearInterval(timer)
    }, 250)
    return () => clearInterval(timer)
  }, [problem])

  return counted.problem === problem ? counted.left : (problem?.retryAfter ?? 0)
}
