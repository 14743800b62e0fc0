from flask import Blueprint
from portal.infra.access import public_page
blueprint = Blueprint('translation', __name__)
@blueprint.get('/<tenant>/inbox/')
@public_page
def inbox():
    return 'stub'
