# unit tests of src/link
