export default { room: 7 };
