# sources of src/stack
