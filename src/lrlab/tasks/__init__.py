"""Tasks: data as tensors, models, losses and metrics; built in, or a user's own `module:object`."""

from ._augment import Augment as Augment
from ._augment import Normalize as Normalize
from ._base import Task as Task
from ._by_value import by_value as by_value
from ._by_value import sent_away as sent_away
from ._by_value import task_name as task_name
from ._cache import cache_folder as cache_folder
from ._catalogue import TASKS as TASKS
from ._catalogue import get as get
from ._catalogue import get_as_it_is as get_as_it_is
from ._catalogue import is_user_task as is_user_task
from ._catalogue import resolve as resolve
from ._folder import data_folder as data_folder
from ._in_file import loops_in as loops_in
from ._in_file import tasks_in as tasks_in
from ._model_tensors import named_tensors as named_tensors
from ._own_code import fingerprint_of as fingerprint_of
from ._own_code import load_by_value as load_by_value
from ._own_code import program_by_value as program_by_value
from ._own_code import program_in_file as program_in_file
from ._own_code import send_by_value as send_by_value
from ._ragged import pad_rows as pad_rows
from ._ragged import windows as windows
from ._remembered import remember_facts as remember_facts
from ._remembered import remembered_facts as remembered_facts
from ._room import free_memory as free_memory
from ._seeded import seeded as seeded
from ._split import Split as Split
from ._split import spread_positions as spread_positions
from ._suggested import may_suggest as may_suggest
from ._suggested import suggestion_of as suggestion_of
from ._trees import Inputs as Inputs
from ._trees import call_model as call_model
from ._trees import chunks_of as chunks_of
from ._trees import first_leaf as first_leaf
from ._trees import leaves_of as leaves_of
from ._trees import map_inputs as map_inputs
from ._trees import named_leaves as named_leaves
from ._trees import rebuild as rebuild
from ._trees import stack_inputs as stack_inputs
from ._trees import take_examples as take_examples
from ._user import TaskPlace as TaskPlace
from ._user import called_without_words as called_without_words
from ._user import import_object as import_object
from ._user import place_of_user_task as place_of_user_task
from ._user import refuse_exit as refuse_exit
from ._variants import at_width as at_width
from ._variants import check_width as check_width
from ._variants import with_split as with_split

__all__ = [
    "TASKS",
    "Augment",
    "Inputs",
    "Normalize",
    "Split",
    "Task",
    "TaskPlace",
    "at_width",
    "by_value",
    "cache_folder",
    "call_model",
    "called_without_words",
    "check_width",
    "chunks_of",
    "data_folder",
    "fingerprint_of",
    "first_leaf",
    "free_memory",
    "get",
    "get_as_it_is",
    "import_object",
    "is_user_task",
    "leaves_of",
    "load_by_value",
    "loops_in",
    "map_inputs",
    "may_suggest",
    "named_leaves",
    "named_tensors",
    "pad_rows",
    "place_of_user_task",
    "program_by_value",
    "program_in_file",
    "rebuild",
    "refuse_exit",
    "remember_facts",
    "remembered_facts",
    "resolve",
    "seeded",
    "send_by_value",
    "sent_away",
    "spread_positions",
    "stack_inputs",
    "suggestion_of",
    "take_examples",
    "task_name",
    "tasks_in",
    "windows",
    "with_split",
]
