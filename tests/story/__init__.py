"""The project's story: two tutorials and a CodeDeploy suite leave their things in a test account, and tabula_rasa cleans up after them."""
