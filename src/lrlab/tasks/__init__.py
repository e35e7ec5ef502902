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
from ._catalogue import is_user_task as is_user_task
from ._catalogue import resolve as resolve
from ._folder import data_folder as data_folder
from ._in_file import loops_in as loops_in
from ._own_code import fingerprint_of as fingerprint_of
from ._own_code import load_by_value as load_by_value
from ._own_code import program_by_value as program_by_value
from ._own_code import program_in_file as program_in_file
from ._own_code import send_by_value as send_by_value
from ._seeded import seeded as seeded
from ._split import Split as Split
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
    "Normalize",
    "Split",
    "Task",
    "TaskPlace",
    "at_width",
    "by_value",
    "cache_folder",
    "called_without_words",
    "check_width",
    "data_folder",
    "fingerprint_of",
    "get",
    "import_object",
    "is_user_task",
    "load_by_value",
    "loops_in",
    "place_of_user_task",
    "program_by_value",
    "program_in_file",
    "refuse_exit",
    "resolve",
    "seeded",
    "send_by_value",
    "sent_away",
    "task_name",
    "with_split",
]
