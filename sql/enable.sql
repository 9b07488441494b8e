-- The services that are mirrored unless someone says otherwise.
SELECT tabula_rasa.enable_services('*');
