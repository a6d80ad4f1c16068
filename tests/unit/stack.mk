# unit tests of src/stack
