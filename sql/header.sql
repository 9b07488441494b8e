\echo Use "CREATE EXTENSION tabula_rasa CASCADE" to load this file. \quit
