# sources of src/wire
