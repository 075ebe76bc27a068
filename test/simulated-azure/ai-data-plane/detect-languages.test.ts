import { describe, expect, test } from 'vitest';
import { type ErrorBody, json, type Languages } from './bodies.ts';
import { dataPlane } from './data-plane.ts';

const v31 = '/text/analytics/v3.1/languages';
const analyzeText = '/language/:analyze-text?api-version=2023-04-01';
const document = (text: string, id = '1', countryHint = 'US') => ({ id, text, countryHint });
const analyze = (documents: object[], parameters = {}) => ({
  kind: 'LanguageDetection',
  analysisInput: { documents },
  parameters,
});

describe('language detection', () => {
  test.each([
    ['English', 'en', 'I should take my cat to the veterinarian.'],
    ['Spanish', 'es', 'Este es un documento escrito en español.'],
    ['French', 'fr', 'Ce document est rédigé en français.'],
    ['Japanese', 'ja', '猫は幸せ'],
    ['German', 'de', 'Fahrt nach Stuttgart und dann zum Hotel zu Fu.'],
    ['Chinese_Simplified', 'zh_chs', '这是一个用中文写的文件'],
    ['Russian', 'ru', 'Этот документ написан на русском языке.'],
    ['Portuguese', 'pt', 'Este documento está escrito em português.'],
    ['Italian', 'it', 'Questo documento è scritto in italiano, naturalmente.'],
    ['English', 'en', 'Hello'],
    ['(Unknown)', '(Unknown)', ':)'],
  ])('says %s (%s) of "%s"', async (name, iso6391Name, text) => {
    const response = await dataPlane().call(v31, { body: { documents: [document(text)] } });
    const { documents } = await json<Languages>(response);
    expect(documents[0]?.detectedLanguage).toMatchObject({ name, iso6391Name });
  });

  test('answers in the shape of v3.x, statistics first and only when asked for', async () => {
    const plane = dataPlane();
    const body = { documents: [document('猫は幸せ'), document('x'.repeat(1001), '2')] };
    const plain = await json<Languages>(plane.call(v31, { body }));
    expect(Object.keys(plain)).toEqual(['documents', 'errors', 'modelVersion']);
    expect(Object.keys(plain.documents[0] ?? {})).toEqual(['id', 'detectedLanguage', 'warnings']);
    const response = await plane.call(`${v31}?showStats=true`, { body });
    const shown = await json<Languages>(response);
    expect(Object.keys(shown)).toEqual(['statistics', 'documents', 'errors', 'modelVersion']);
    expect(shown.statistics).toEqual({
      documentsCount: 2,
      validDocumentsCount: 2,
      erroneousDocumentsCount: 0,
      transactionsCount: 3,
    });
    expect(shown.documents[0]?.statistics).toEqual({ charactersCount: 4, transactionsCount: 1 });
    expect(response.headers.get('csp-billing-usage')).toBe(
      'CognitiveServices.TextAnalytics.BatchScoring=2,CognitiveServices.TextAnalytics.TextRecords=3',
    );
  });

  test('answers analyze-text under results, with an error for each document that is wrong', async () => {
    const body = analyze([
      document('I should take my cat.', '1', 'United States'),
      document('Das ist ein Hund.', '2'),
      document('', '3'),
      document('x'.repeat(5121), '4'),
    ]);
    const response = await dataPlane().call(analyzeText, { body });
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const { kind, results } = await json<{ kind: string; results: Languages }>(response);
    expect(kind).toBe('LanguageDetectionResults');
    expect(results.documents.map(({ id }) => id)).toEqual(['2']);
    expect(results.errors.map(({ id, error }) => [id, error.innererror.code])).toEqual([
      ['1', 'InvalidCountryHint'],
      ['3', 'InvalidDocument'],
      ['4', 'InvalidDocument'],
    ]);
  });

  test.each([
    ['an unknown model version', analyze([document('Hi there')], { modelVersion: 'bad' }), 'ModelVersionIncorrect'],
    ['two documents of one id', analyze([document('Hi'), document('Ho')]), 'InvalidDocument'],
    ['no document', analyze([]), 'MissingInputRecords'],
    [
      'too many documents',
      analyze(Array.from({ length: 1001 }, (_, at) => document('Hi', `${at}`))),
      'InvalidDocumentBatch',
    ],
    ['a body that is no JSON', '{', 'InvalidRequestBodyFormat'],
  ])('refuses %s as a whole', async (_, body, code) => {
    const response = await dataPlane().call(analyzeText, { body });
    expect(response.status).toBe(400);
    const { error } = await json<ErrorBody>(response);
    expect(error).toMatchObject({ code: 'InvalidRequest', innererror: { code } });
    expect(response.headers.has('csp-billing-usage')).toBe(false);
  });

  test('takes `none` as no country hint', async () => {
    const body = { documents: [document('Bonjour tout le monde', '1', 'none')] };
    const { documents } = await json<Languages>(dataPlane().call(v31, { body }));
    expect(documents[0]?.detectedLanguage.iso6391Name).toBe('fr');
  });

  test('answers another kind of analysis with a loud 501', async () => {
    const response = await dataPlane().call(analyzeText, { body: { ...analyze([]), kind: 'SentimentAnalysis' } });
    expect(response.status).toBe(501);
  });
});
